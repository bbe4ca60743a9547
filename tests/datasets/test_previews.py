"""fetch_previews against a server on the loopback address; no test waits."""

import json
import logging
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from helpers import within
from preview_server import BODY, NOON, Clock, Handler, serve

from sklearn_genre.datasets import fetch_previews


def files(result):
    return sorted(p.name for p in Path(result.manifest).parent.iterdir())


def test_done_and_failed(fetch, server):
    result = fetch(["good", "missing", "a b/ü"])
    assert result.status.tolist() == ["done", "failed", "done"]
    assert result.reasons.tolist() == ["", "HTTP 404 Not Found", ""]
    with open(result.paths[0], "rb") as file:
        assert file.read() == BODY
    assert files(result) == ["a b%2F%C3%BC.mp3", "good.mp3", "manifest.jsonl"]
    assert server.seen == {"good": 1, "missing": 1, "a b/ü": 1}
    assert "3 tracks: 2 done, 1 failed, 0 pending." in result.DESCR


def test_the_whole_id_arrives_in_one_piece(fetch, server):
    fetch([{"id": "x/..?&#", "n": 5}], template="/{n}/{id}")
    assert server.seen == {"x/..?&#": 1}


def test_resumes_without_asking_again(fetch, server):
    tracks = ["good", "missing", "broken"]
    first = fetch(tracks, retries=0)
    assert first.status.tolist() == ["done", "failed", "failed"]
    second = fetch([*tracks, "good-2"], retries=0)
    # what failed for the moment is tried again, what failed for good is not
    assert server.seen == {"good": 1, "missing": 1, "broken": 2, "good-2": 1}
    assert second.status.tolist() == ["done", "failed", "failed", "done"]
    fetch(tracks, retries=0, retry_failed=True)
    assert server.seen["missing"] == 2


def test_a_lost_or_damaged_file_is_fetched_again(fetch, server):
    result = fetch(["good", "good-2"])
    with open(result.paths[0], "wb") as file:
        file.write(b"half")
    again = fetch(["good", "good-2"])
    assert server.seen == {"good": 2, "good-2": 1}
    with open(again.paths[0], "rb") as file:
        assert file.read() == BODY


def test_half_a_line_left_by_a_kill(fetch, server):
    result = fetch(["good"])
    with open(result.manifest, "ab") as file:
        file.write(b'{"id": "good-2", "sta')
    fetch(["good", "good-2"])
    with open(result.manifest, encoding="utf-8") as file:
        entries = [json.loads(line) for line in file]
    assert [e["id"] for e in entries] == ["good", "good-2"]
    assert entries[0]["bytes"] == len(BODY)


def test_killed_between_tracks(fetch, server):
    class Killed(BaseException):
        pass

    clock = Clock()

    def kill(seconds):
        raise Killed

    clock.sleep = kill
    with pytest.raises(Killed):
        fetch(["good", "shaky", "good-2"], clock=clock)
    result = fetch(["good", "shaky", "good-2"])
    assert set(result.status) == {"done"}
    assert server.seen == {"good": 1, "shaky": 3, "good-2": 1}


def test_damaged_manifest(fetch):
    result = fetch(["good"])
    with open(result.manifest, "ab") as file:
        file.write(b"nonsense\n")
    with pytest.raises(ValueError, match=r"manifest.jsonl, line 2"):
        fetch(["good"])


@pytest.mark.parametrize(
    "record",
    [
        {"status": "done", "file": "../../etc/passwd", "bytes": 3},
        {"status": "done", "file": "/etc/passwd", "bytes": 3},
        {"status": "done", "file": "..", "bytes": 3},
        {"status": "done", "file": "c:x", "bytes": 3},
        {"status": "done", "file": 3, "bytes": 3},
        {"status": "done", "file": "x.mp3"},
        {"status": "failed"},
        {"status": "lost", "reason": "?"},
        {},
    ],
)
def test_records_of_files_elsewhere(fetch, record):
    result = fetch(["good"])
    with open(result.manifest, "a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "x", **record}) + "\n")
    with pytest.raises(ValueError, match=r"manifest\.jsonl, line 2 is not a record"):
        fetch(["good", "x"])


def test_one_run_at_a_time_in_a_folder(fetch, server):
    pytest.importorskip("fcntl")
    first = threading.Thread(target=fetch, args=(["silent"],), kwargs={"retries": 0})
    first.start()
    try:
        while not server.seen["silent"]:
            time.sleep(0.01)
        with pytest.raises(BlockingIOError, match="another download into this folder"):
            fetch(["good"])
    finally:
        server.release.set()
        first.join()
    assert fetch(["good"]).status.tolist() == ["done"]


def test_nothing_is_written_through_a_planted_link(fetch, tmp_path):
    folder = Path(fetch(["good"]).manifest).parent
    mine = tmp_path / "mine"
    mine.write_text("keep")
    for name in ("good-2.download", "good-2.download.part", "quota.json.part"):
        (folder / name).symlink_to(mine)
    assert fetch(["good-2"], quota=5).status.tolist() == ["done"]
    assert mine.read_text() == "keep"


@pytest.mark.parametrize("track", ["\udce9", {"id": "a", "country": "\udce9"}])
def test_fields_that_no_address_can_hold(fetch, track):
    with pytest.raises(ValueError, match=r"tracks\[0\]: .* is no text"):
        fetch(
            [track], template="/{country}/{id}" if isinstance(track, dict) else "/{id}"
        )


def test_back_off_doubles(fetch):
    clock = Clock()
    assert fetch(["shaky"], clock=clock, backoff=0.5).status[0] == "done"
    assert clock.waits == [0.5, 1.0]


def test_retry_after_is_kept(fetch):
    clock = Clock()
    assert fetch(["busy"], clock=clock).status[0] == "done"
    assert clock.waits == [7.0]


def test_gives_up_after_the_retries(fetch, server):
    clock = Clock()
    result = fetch(["broken"], clock=clock, retries=3, backoff=1)
    assert result.reasons[0].startswith("HTTP 503")
    assert clock.waits == [1, 2, 4]
    assert server.seen["broken"] == 4


@pytest.mark.parametrize(
    ("track", "reason"),
    [
        ("page", "content type 'text/html' is not audio"),
        ("large", "204800 bytes, more than 10000"),
        ("endless", "more than 10000 bytes"),
        ("cut", "truncated: 100 of 2048 bytes"),
        ("empty", "truncated: 0 of unknown many bytes"),
        ("loop", "more than 2 redirects"),
        ("local", "redirected to an address that is not http or https"),
        ("malformed", "redirected to an address that is not http or https"),
    ],
)
def test_refused(fetch, server, track, reason):
    result = fetch([track, "good"], max_size=10_000, max_redirects=2, retries=1)
    assert result.status.tolist() == ["failed", "done"]
    assert result.reasons[0] == reason
    assert files(result) == ["good.mp3", "manifest.jsonl"]
    repeated = {"cut": 2, "empty": 2, "loop": 3}
    assert server.seen[track] == repeated.get(track, 1)


def test_redirect_is_followed(fetch):
    assert fetch(["moved"]).status[0] == "done"


def test_length_that_is_no_number(fetch):
    assert fetch(["superscript"]).status[0] == "done"


def test_retry_after_that_says_nothing(fetch):
    clock = Clock()
    assert fetch(["someday"], clock=clock, backoff=3).status[0] == "done"
    assert clock.waits == [3]


def test_connections_stay_open(fetch, server, monkeypatch):
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")
    fetch(["good", "moved", "good-2"])
    assert len(server.requests) == 4
    assert server.connections == 1


def test_proxy_of_the_environment(server, tmp_path, monkeypatch):
    monkeypatch.delenv("no_proxy")
    user = server.url.replace("//", "//me:pass%21@")
    monkeypatch.setenv("http_proxy", user)
    result = fetch_previews(["good"], "http://music.invalid/{id}", tmp_path)
    assert result.status.tolist() == ["done"]
    [(_, _, headers)] = server.requests
    assert headers["Host"] == "music.invalid"
    assert headers["proxy-authorization"] == "Basic bWU6cGFzcyE="
    monkeypatch.setenv("no_proxy", "music.invalid")
    result = fetch_previews(
        ["good-2"], "http://music.invalid/{id}", tmp_path, retries=0
    )
    assert result.reasons[0].startswith("no connection (")


def test_silence(fetch, server):
    result = fetch(["silent", "good"], timeout=0.2, retries=0)
    assert result.reasons[0] == "silent for 0.2 s"
    assert result.status.tolist() == ["failed", "done"]


@pytest.mark.parametrize("track", ["header", "trickle"])
def test_the_time_limit_holds_for_header_and_body(fetch, track):
    start = time.monotonic()
    result = fetch([track, "good"], retries=0, time_limit=0.3, timeout=5)
    assert time.monotonic() - start < 5  # all of it would take 40 s
    assert result.reasons.tolist() == ["not complete after 0.3 s", ""]
    assert files(result) == ["good.mp3", "manifest.jsonl"]


def test_a_redirect_neither_waits_nor_is_read_to_its_end(fetch):
    result = within(20, fetch, ["later", "flood"], time_limit=10)
    assert result.status.tolist() == ["done", "done"]


def test_slow_download(fetch):
    result = fetch(["drip"], clock=Clock(step=100.0), retries=0, time_limit=60)
    assert result.reasons[0] == "not complete after 60 s"


def test_pace(fetch):
    clock = Clock()
    fetch(["good", "good-2", "good-3"], clock=clock, min_interval=0.5)
    assert clock.waits == [0.5, 0.5]


def test_quota_of_several_keys_and_days(fetch, server):
    tracks = [f"good-{i}" for i in range(7)]
    keys = {"keys": ["k1", "k2"], "key_name": "key", "quota": 2}
    first = fetch(tracks, **keys)
    assert Counter(first.status.tolist()) == {"done": 4, "pending": 3}
    assert first.reasons[-1] == "the quota of 2 requests per day is used up"
    used = [query["key"][0] for _, query, _ in server.requests]
    assert used == ["k1", "k1", "k2", "k2"]
    # the same day: no request, also in a new run
    assert Counter(fetch(tracks, **keys).status.tolist())["pending"] == 3
    assert len(server.requests) == 4
    last = fetch(tracks, clock=Clock(NOON + 86400), **keys)
    assert set(last.status) == {"done"}
    assert len(server.requests) == 7


def test_retries_count_in_the_quota(fetch, server):
    result = fetch(["shaky", "good"], quota=2)
    assert result.status.tolist() == ["pending", "pending"]
    assert server.seen == {"shaky": 2}


def test_keys_never_reach_the_disk(fetch, tmp_path):
    params = {"key_name": "key", "quota": 9, "retries": 0}
    result = fetch(["good", "broken", "loop"], keys="SeSaMe", **params)
    assert result.status.tolist() == ["done", "failed", "failed"]
    texts = [p.read_bytes() for p in (tmp_path / "out").iterdir()]
    assert len(texts) == 3
    assert not any(b"SeSaMe" in text for text in texts)


def test_keys_are_in_no_log(fetch, caplog):
    caplog.set_level(logging.DEBUG)
    fetch(["moved", "good"], keys="Se SaMe", key_name="key")
    assert not any("SaMe" in record.getMessage() for record in caplog.records)
    filters = len(logging.getLogger("urllib3.connectionpool").filters)
    fetch(["good-2"])
    assert any("/good-2" in record.getMessage() for record in caplog.records)
    assert len(logging.getLogger("urllib3.connectionpool").filters) == filters == 0


def test_key_in_a_header_stays_with_its_host(fetch, server):
    other = serve()
    server.elsewhere = other.url
    try:
        result = fetch(
            ["moved", "away"], keys="valid", key_name="X-Key", key_in="header"
        )
    finally:
        other.shutdown()
        other.server_close()
    assert set(result.status) == {"done"}
    assert [h.get("X-Key") for _, _, h in server.requests] == ["valid"] * 3
    assert [h.get("X-Key") for _, _, h in other.requests] == [None]


def test_refused_keys(fetch, server):
    result = fetch(["secret"], keys=["stale", "valid"], key_name="key")
    assert result.status[0] == "done"
    result = fetch(["secret-2", "secret-3"], keys=["stale"], key_name="key")
    assert result.status.tolist() == ["pending", "pending"]
    assert "401" in result.reasons[1]
    assert "secret-3" not in server.seen


def test_a_server_that_wants_a_long_pause_gets_it(fetch, server):
    clock = Clock()
    result = fetch(["tomorrow", "good"], clock=clock)
    assert result.status.tolist() == ["pending", "pending"]
    assert result.reasons[0] == "the server asks to wait 3600 s"
    assert clock.waits == []
    assert server.seen == {"tomorrow": 1}


def test_too_many_requests_ends_the_run(fetch, server):
    result = fetch(["limit", "good"], retries=2)
    assert result.status.tolist() == ["pending", "pending"]
    assert server.seen == {"limit": 3}


def test_host_is_gone(fetch, server):
    server.shutdown()
    server.server_close()
    result = fetch(list("abcd"), max_failures=2, retries=0)
    assert result.status.tolist() == ["failed", "failed", "pending", "pending"]
    assert result.reasons[2] == "no answer for 2 tracks in a row"


def test_endings(fetch, server):
    result = fetch(["octets", "good"], template="/x.ogg/{id}")
    assert result.reasons[0] == (
        "content type 'application/octet-stream' names no format; pass extension"
    )
    result = fetch(["octets"], extension="flac", retry_failed=True)
    assert result.paths[0].endswith("octets.flac")


def test_frame(fetch):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"track": [11, 12], "land": ["de", "fr"]})
    result = fetch(frame, template="/{land}/{track}", id_field="track")
    assert result.ids.tolist() == ["11", "12"]
    assert set(result.status) == {"done"}


@pytest.mark.parametrize(
    ("tracks", "params", "message"),
    [
        ([], {}, "nothing to fetch"),
        (["a", "a"], {}, "more than once: a"),
        (["a", "A"], {}, "differ only in case.*: a, A"),
        (["x" * 200], {}, "too long"),
        (["a"], {"template": "/{id}/{land}"}, r"tracks\[0\] lacks 'land'"),
        ([""], {}, r"tracks\[0\] lacks 'id'"),
        (["a"], {"template": "/all"}, "no field"),
        (["a"], {"template": "/{id.real}"}, "plain names"),
        (["a"], {"keys": ["k"]}, "key_name"),
        (["a"], {"key_name": "k"}, "keys is missing"),
        (["a"], {"keys": [""], "key_name": "k"}, "none that is empty"),
        (["a"], {"key_in": "body"}, "key_in"),
        (["a"], {"quota": 0}, "quota must be an integer >= 1"),
        (["a"], {"timeout": 0}, "timeout must be a number >= 0.001"),
        (["a"], {"timeout": float("inf")}, "timeout must be a number >= 0.001"),
        (["a"], {"retries": 1.5}, "retries"),
        (["a"], {"content_types": "audio/"}, "content_types"),
        ("abc", {}, "sequence of tracks"),
    ],
)
def test_bad_parameters(fetch, server, tracks, params, message):
    with pytest.raises(ValueError, match=message):
        fetch(tracks, **params)
    assert not server.requests


@pytest.mark.parametrize(
    "template",
    [
        *("ftp://x/{id}", "file:///{id}", "x/{id}", 3),
        *("http:///{id}", "http://a b/{id}", "http://[::1/{id}"),
    ],
)
def test_bad_addresses(tmp_path, template):
    with pytest.raises(ValueError, match="template"):
        fetch_previews(["a"], template, tmp_path)


def test_host_from_a_field_is_refused(tmp_path):
    with pytest.raises(ValueError, match="host"):
        fetch_previews(["a"], "http://{id}/x", tmp_path)


def test_status_is_complete(fetch):
    result = fetch(["good", "missing", "limit", "good-2"], retries=0)
    assert len(result.ids) == len(result.status) == len(result.paths) == 4
    assert all(
        (s == "done") == bool(p)
        for s, p in zip(*map(list, (result.status, result.paths)), strict=True)
    )
    assert all(
        (s == "done") != bool(r)
        for s, r in zip(*map(list, (result.status, result.reasons)), strict=True)
    )
    assert isinstance(result.status, np.ndarray)


def test_default_clock(server, tmp_path):
    start = time.time()
    result = fetch_previews(["good"], server.url + "/{id}", tmp_path)
    with open(result.manifest, encoding="utf-8") as file:
        assert start <= json.loads(file.read())["time"] <= time.time()
