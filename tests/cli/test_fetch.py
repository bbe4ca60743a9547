"""``sklearn-genre fetch``, from a server on the loopback address."""

import pytest
from preview_server import serve
from track_files import msd

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
    """Runs the command on tracks, of which None are there; returns what it prints."""

    def run(text, *options, name="tracks.csv", template="/{id}", status=0):
        if text is not None:
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


SHOP = ("--id-field", "track_7digitalid")


def test_track_files_name_what_to_fetch(fetch, server, tmp_path):
    msd(tmp_path / "msd", "TRAAA", shop=31)
    msd(tmp_path / "msd", "TRBBB", shop=42)
    options = dict(name="msd", template="/{track_7digitalid}")
    assert fetch(None, *SHOP, **options).err == ""
    assert server.seen == {"31": 1, "42": 1}
    assert files(tmp_path) == ["31.mp3", "42.mp3"]
    # by default a file is named as tables of labels name the track
    fetch(None, **options)
    assert files(tmp_path) == ["31.mp3", "42.mp3", "TRAAA.mp3", "TRBBB.mp3"]


def test_one_track_file(fetch, server, tmp_path):
    msd(tmp_path, "TRAAA", shop=31)
    fetch(None, *SHOP, name="A/TRAAA.h5", template="/{track_7digitalid}")
    assert server.seen == {"31": 1}


@pytest.mark.parametrize(
    ("options", "template"),
    [(SHOP, "/{artist_id}-{id}"), ((), "/{artist_id}-{id}?song={track_7digitalid}")],
)
def test_tracks_without_an_id_are_counted(fetch, server, tmp_path, options, template):
    for track, shop in {"TRAAA": 31, "TRBBB": 0, "TRCCC": -1}.items():
        msd(tmp_path / "msd", track, shop=shop)
    said = fetch(None, *options, name="msd", template=template, status=1)
    assert "2 of 3 tracks lack track_7digitalid and are left out: TRBBB, TRCCC" in (
        said.err
    )
    assert said.out.startswith("1 tracks: 1 done")
    assert server.seen == {"AR1-TRAAA": 1}


def test_tracks_without_an_id_are_looked_up(fetch, server, tmp_path):
    msd(tmp_path / "msd", "TRAAA", shop=0, title="hunter")
    said = fetch(
        None,
        *("--lookup", server.url + "/search?artist={artist}&title={title}"),
        *("--found", "track_7digitalid=tracks.0.preview"),
        name="msd",
        template="/{track_7digitalid}",
    )
    assert said.err == ""
    assert server.seen == {"search": 1, "good-hunter": 1}
    assert files(tmp_path) == ["TRAAA.mp3"]


def test_what_is_wrong_with_track_files_is_said(fetch, server, tmp_path):
    pytest.importorskip("h5py")
    (tmp_path / "msd").mkdir()
    assert "no track file in" in fetch(None, name="msd", status=2).err
    assert "does not exist" in fetch(None, name="gone.h5", status=2).err
    (tmp_path / "no.h5").write_bytes(b"junk")
    assert "no.h5' is damaged or not" in fetch(None, name="no.h5", status=2).err
    msd(tmp_path / "msd", "TRAAA", shop=-1)
    said = fetch(None, "--id-field", "track", name="msd", status=2).err
    assert (
        "there is no field 'track', but id, artist_id, artist, title, track_7" in said
    )
    said = fetch(None, *SHOP, name="msd", status=2).err
    assert "none of 1 tracks has a track_7digitalid" in said
    assert not server.seen
