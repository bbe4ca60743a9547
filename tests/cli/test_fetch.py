"""``sklearn-genre fetch``, from a server on the loopback address."""

import pytest
from preview_server import serve

from sklearn_genre.cli import main


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = serve()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch(server, tmp_path, capsys):
    """Runs the command on a list of tracks; returns what it prints."""

    def run(text, *options, name="tracks.csv", template="/{id}", status=0):
        (tmp_path / name).write_text(text, encoding="utf-8")
        args = ["fetch", str(tmp_path / name), "--template", server.url + template]
        args += ["--folder", str(tmp_path / "out"), "--min-interval", "0", *options]
        assert main(args) == status
        return capsys.readouterr()

    return run


def files(folder):
    return sorted(path.name for path in (folder / "out").glob("*.mp3"))


def test_tracks_of_a_list_are_fetched_once(fetch, server, tmp_path):
    said = fetch("a-1\n\nmissing-2\n", name="ids.txt", status=1)
    assert said.out.startswith("2 tracks: 1 done, 1 failed, 0 pending.\n")
    assert "HTTP 404" in said.out
    assert "manifest.jsonl" in said.out
    fetch("a-1\n\nmissing-2\n", name="ids.txt", status=1)
    assert server.seen == {"a-1": 1, "missing-2": 1}
    fetch("a-1\nmissing-2\n", "--retry-failed", name="ids.txt", status=1)
    assert server.seen == {"a-1": 1, "missing-2": 2}
    assert files(tmp_path) == ["a-1.mp3"]


def test_columns_of_a_table_are_fields(fetch, server, tmp_path):
    said = fetch(
        "track\tcountry\nx\tde\n",
        *("--id-field", "track"),
        name="tracks.tsv",
        template="/{country}-{track}",
    )
    assert said.err == ""
    assert server.seen == {"de-x": 1}
    assert files(tmp_path) == ["x.mp3"]


def test_what_a_service_calls_a_track_is_looked_up(fetch, server, tmp_path):
    table = "id,artist,title\nT1,Björk,hunter\nT2,Nobody,unknown\n"
    said = fetch(
        table,
        *("--lookup", server.url + "/search?artist={artist}&title={title}"),
        *("--found", "preview=tracks.0.preview"),
        template="/{preview}",
        status=1,
    )
    assert "failed, 1: looked up, not found" in said.out
    assert server.seen == {"search": 2, "good-hunter": 1}
    assert files(tmp_path) == ["T1.mp3"]


def test_keys_come_from_a_file_and_have_a_quota(fetch, server, tmp_path):
    (tmp_path / "keys").write_text("wrong\nvalid-1\n")
    options = ("--keys", str(tmp_path / "keys"), "--key-name", "key", "--quota", "2")
    said = fetch("id\nsecret-1\nsecret-2\nsecret-3\n", *options, status=1)
    assert said.out.startswith("3 tracks: 2 done, 0 failed, 1 pending.\n")
    asked = [query["key"] for name, query, _ in server.requests]
    assert asked == [["wrong"], ["valid-1"], ["valid-1"]]
    assert "valid-1" not in said.out + said.err


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", (), "no column 'id', but nothing"),
        ("track\nx\n", (), "no column 'id', but track"),
        ("id,b\nx\n", (), "row 2: it has not one value per column"),
        ("id\nx\n", ("--found", "id=0"), "--lookup and --found go together"),
        ("id\nx\n", ("--lookup", "http://a/{id}"), "--lookup and --found go together"),
        ("id\nx\n", ("--found", "id"), "--found must be NAME=PATH, got id"),
        ("id\nx\nx\n", (), "x"),
        ("id\nx\n", ("--quota", "0"), "--quota must be an integer >= 1"),
    ],
)
def test_what_is_wrong_is_said(fetch, text, options, said):
    assert said in fetch(text, *options, status=2).err


def test_a_list_without_ids(fetch):
    assert "holds no line" in fetch("\n", name="ids.txt", status=2).err


@pytest.mark.parametrize("ending", [".csv", ".txt"])
def test_what_holds_no_tracks_is_named(tmp_path, capsys, ending):
    args = ["--template", "http://127.0.0.1/{id}", "--folder", str(tmp_path / "out")]
    table = tmp_path / f"tracks{ending}"
    assert main(["fetch", str(table), *args]) == 2
    assert f"table: file {str(table)!r} does not exist" in capsys.readouterr().err
    table.write_bytes(b"id\n\xff\xfe\n")
    assert main(["fetch", str(table), *args]) == 2
    assert f"{table} is not text in UTF-8" in capsys.readouterr().err
