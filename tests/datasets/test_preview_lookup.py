"""fetch_previews asks a search on the loopback address for what it does not know."""

import json
from pathlib import Path

import pytest

SONGS = [
    {"id": "TRAAA", "artist": "Björk", "title": "hunter"},
    {"id": "TRBBB", "artist": "Nobody", "title": "unknown"},
    {"id": "TRCCC", "artist": "Björk", "title": "joga"},
]


def first(body):
    """The first track of an answer; IndexError if there is none."""
    return json.loads(body)["tracks"][0]


@pytest.fixture
def search(fetch, server):
    def run(songs=SONGS, *, result=first, search="/search", **params):
        return fetch(
            songs,
            template="/{preview}",
            lookup=server.url + search + "?artist={artist}&title={title}",
            lookup_result=result,
            **params,
        )

    return run


def test_songs_are_looked_up_and_fetched(search, server):
    result = search()
    assert result.status.tolist() == ["done", "failed", "done"]
    assert result.reasons[1] == "looked up, not found"
    names = [Path(path).name for path in result.paths]
    assert names == ["TRAAA.mp3", "", "TRCCC.mp3"]
    assert server.seen == {"search": 3, "good-hunter": 1, "good-joga": 1}
    asked = [query for name, query, _ in server.requests if name == "search"]
    assert asked[0] == {"artist": ["Björk"], "title": ["hunter"]}


def test_what_was_found_is_not_asked_again(search, server):
    # the search is asked about two songs, and the quota ends before the second file
    assert search(quota=4).status.tolist() == ["done", "failed", "pending"]
    search()
    assert server.seen == {"search": 3, "good-hunter": 1, "good-joga": 1}
    assert search().status.tolist() == ["done", "failed", "done"]
    assert server.seen["search"] == 3


def test_a_song_that_failed_is_looked_up_by_the_next_run(fetch, search, server):
    songs = [SONGS[0] | {"preview": "missing-old"}, SONGS[2] | {"preview": "good-old"}]
    by_id = fetch(songs, template="/{preview}")
    assert by_id.status.tolist() == ["failed", "done"]
    again = search(songs, retry_failed=True)
    assert again.status.tolist() == ["done", "done"]
    assert server.seen["search"] == 1


def test_requests_of_both_kinds_count_in_the_quota_and_carry_the_key(search, server):
    result = search(SONGS[:1], keys="valid", key_name="key", quota=1)
    assert result.status.tolist() == ["pending"]
    assert "quota of 1 requests" in result.reasons[0]
    assert server.requests[0][1]["key"] == ["valid"]


def test_a_search_that_fails_for_the_moment_is_repeated(search, server, fetch):
    result = search(SONGS[:1], search="/broken", retries=1)
    assert result.status.tolist() == ["failed"]
    assert server.seen == {"broken": 2}


def test_answers_that_do_not_help(search):
    result = search(SONGS[:1], result=lambda body: {"other": 1})
    assert result.reasons[0] == "looked up, but the answer gave no 'preview'"
    # an answer that the function cannot read is its error, not that of the song
    with pytest.raises(ValueError, match="invalid literal"):
        search(SONGS[:1], result=lambda body: {"preview": int("x")}, retry_failed=True)
    assert search(SONGS[:1], retry_failed=True).status.tolist() == ["done"]


def test_arguments(fetch, search):
    with pytest.raises(ValueError, match="lookup and lookup_result go together"):
        fetch(["a"], lookup="http://127.0.0.1/{id}")
    with pytest.raises(ValueError, match="lookup_result must be callable"):
        search(result="tracks")
    with pytest.raises(ValueError, match="lookup must begin with http"):
        fetch(["a"], lookup="ftp://127.0.0.1/{id}", lookup_result=first)
    with pytest.raises(ValueError, match=r"tracks\[0\] lacks 'title'"):
        search([{"id": "a", "artist": "b"}])


def test_a_damaged_record_of_a_search(search, tmp_path):
    (tmp_path / "out").mkdir()
    line = {"id": "TRAAA", "status": "found", "fields": {"preview": 3}}
    (tmp_path / "out" / "manifest.jsonl").write_text(json.dumps(line) + "\n")
    with pytest.raises(ValueError, match="line 1 is not a record of a download"):
        search()
