"""``sklearn-genre fetch``: previews of songs, in a download that can resume."""

import csv
import functools
import io
import json
from pathlib import Path

from .._utils.files import check_file
from .._utils.text import listed
from ._parser import integer, real
from ._terminal import fail, on_terminal

# the fields of a track file, and what the loader calls them
_SHOP_ID = "track_7digitalid"
_MSD_FIELDS = {
    **{"id": "ids", "artist_id": "groups", "artist": "artist", "title": "title"},
    _SHOP_ID: _SHOP_ID,
}


def add_fetch(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "fetch",
        help="download previews of songs from a service",
        description="Download one audio file for each track of a list from a service "
        "that offers previews. It can be stopped at any time: the same command goes "
        "on where it was, and requests that were counted stay counted. What became of "
        "each track stands in manifest.jsonl of the folder. Whether you may download "
        "and use previews is said by the terms of the service.",
        examples=(
            "fetch ids.txt --template https://example.org/{id}.mp3 --folder previews",
            "fetch songs.csv --lookup https://example.org/find?q={artist}+{title} "
            "--found id=data.0.id --template https://example.org/{id} --folder music",
            "fetch msd --template https://example.org/{track_7digitalid}.mp3 "
            "--folder previews",
        ),
    )
    parser.add_argument(
        "tracks",
        metavar="TRACKS",
        help="a table (.csv, .tsv) whose columns are the fields of the addresses, a "
        "file with an id per line, or track files of the Million Song Dataset: one .h5 "
        f"or a folder of them, with the fields {', '.join(_MSD_FIELDS)}. Tracks that "
        f"lack the {_SHOP_ID} that the addresses or --id-field need are left out, and "
        "counted on standard error; the exit status is then 1",
    )
    parser.add_argument(
        "--template",
        required=True,
        metavar="URL",
        help="address of a preview, with fields in braces",
    )
    parser.add_argument(
        "--folder", required=True, metavar="DIR", help="where the files go"
    )
    parser.add_argument(
        "--id-field",
        default="id",
        metavar="FIELD",
        help="what identifies a track and names its file (default: id)",
    )
    parser.add_argument(
        "--extension",
        metavar="ENDING",
        help="of the files (default: as the service says)",
    )
    _add_lookup(parser)
    _add_requests(parser)
    parser.set_defaults(run=_fetch)


def _add_lookup(parser):
    """Add the options of a search before the download."""
    parser.add_argument(
        "--lookup",
        metavar="URL",
        help="address of a search that answers in JSON, with fields in braces; it is "
        "asked once for each track",
    )
    parser.add_argument(
        "--found",
        action="append",
        default=[],
        type=_field,
        metavar="NAME=PATH",
        help="of --lookup: where a field of --template stands in the answer, such as "
        "id=data.0.id; several times for several fields",
    )


def _add_requests(parser):
    """Add the options of keys and of how often to ask."""
    parser.add_argument(
        "--keys",
        metavar="FILE",
        help="a file with an API key per line; when one is used up, the next is taken",
    )
    parser.add_argument(
        "--key-name",
        metavar="NAME",
        help="of --keys: the query parameter or header of the key",
    )
    parser.add_argument(
        "--key-in",
        choices=["query", "header"],
        default="query",
        help="of --keys: where the key goes (default: query)",
    )
    parser.add_argument(
        "--quota",
        type=integer(1),
        metavar="N",
        help="requests per key and day, at most (default: no limit)",
    )
    parser.add_argument(
        "--min-interval",
        type=real(low=0),
        default=0.1,
        metavar="S",
        help="seconds from one request to the next, at least (default: 0.1)",
    )
    parser.add_argument(
        "--retry-failed",
        action="store_true",
        help="ask again for tracks that failed for good, such as those not found",
    )


def _fetch(args):
    """Run ``fetch``."""
    from ..datasets import fetch_previews

    if bool(args.lookup) != bool(args.found):
        raise ValueError("--lookup and --found go together: give both or neither.")
    how = {name: getattr(args, name) for name in _PASSED}
    tracks, status = _tracks(args)
    result = fetch_previews(
        tracks,
        args.template,
        args.folder,
        lookup_result=functools.partial(_found, args.found) if args.lookup else None,
        keys=None if args.keys is None else _lines(args.keys),
        progress=on_terminal(),
        **how,
    )
    print(result.DESCR)
    print(f"manifest: {result.manifest}")
    return status if (result.status == "done").all() else 1


_PASSED = ("id_field", "lookup", "extension", "key_name", "key_in", "quota")
_PASSED += ("min_interval", "retry_failed")


def _tracks(args):
    """Return the tracks, and the exit status that those left out ask for."""
    place = Path(args.tracks).expanduser()
    if not (place.is_dir() or place.suffix.lower() == ".h5"):
        return read_tracks(args.tracks, args.id_field), 0
    tracks = read_track_files(args.tracks, args.id_field)
    return _with_shop_id(args, tracks) if _needs_shop_id(args) else (tracks, 0)


def _with_shop_id(args, tracks):
    """Return the tracks that have 7digital's id, and the status for the others."""
    kept = [track for track in tracks if track[_SHOP_ID]]
    if not kept:
        raise ValueError(
            f"{args.tracks}: none of {len(tracks)} tracks has a {_SHOP_ID}. Ask the "
            "service for them by artist and title, with --lookup."
        )
    if len(kept) == len(tracks):
        return tracks, 0
    lost = [track["id"] for track in tracks if not track[_SHOP_ID]]
    said = f"{len(lost)} of {len(tracks)} tracks lack {_SHOP_ID} and are left out"
    return kept, fail(args, f"{args.tracks}: {said}: {listed(lost, 5)}", 1)


def _needs_shop_id(args):
    """Return whether a track without 7digital's id has no address, or no name."""
    answered = {name for name, _ in args.found}
    template = "" if _SHOP_ID in answered else args.template
    asked = f"{{{_SHOP_ID}" in f"{template} {args.lookup}"
    return asked or args.id_field == _SHOP_ID


def read_track_files(path, id_field):
    """Return the fields of each track file of the Million Song Dataset."""
    from ..datasets import load_msd

    _check_field(path, id_field, _MSD_FIELDS, "field")
    # some features have to be computed: these take the least time
    songs = load_msd(path, features=["key"])
    columns = (songs[name].tolist() for name in _MSD_FIELDS.values())
    rows = zip(*columns, strict=True)
    return [dict(zip(_MSD_FIELDS, row, strict=True)) for row in rows]


def read_tracks(path, id_field):
    """Return the fields of each track of a table, or the ids of a file of lines."""
    ending = Path(path).suffix.lower()
    if ending not in (".csv", ".tsv"):
        return _lines(path)
    delimiter = "\t" if ending == ".tsv" else ","
    rows = list(csv.DictReader(io.StringIO(_text(path)), delimiter=delimiter))
    _check_field(path, id_field, rows[0] if rows else (), "column")
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise ValueError(f"{path}, row {line}: it has not one value per column.")
    return rows


def _check_field(path, id_field, known, kind):
    """Raise unless a field that is to identify a track is there."""
    if id_field not in known:
        raise ValueError(
            f"{path}: there is no {kind} {id_field!r}, but "
            f"{', '.join(map(str, known)) or 'nothing'}. --id-field names the {kind} "
            "that identifies a track."
        )


def _lines(path):
    """Return the lines of a file that are not empty."""
    found = [line.strip() for line in _text(path).splitlines() if line.strip()]
    if not found:
        raise ValueError(f"{path} holds no line.")
    return found


def _text(path):
    """Return the text of a file, which a spreadsheet begins with a mark."""
    try:
        return check_file(path, "table").read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8 ({error.reason}).") from error


def _field(text):
    """Read NAME=PATH as a name, and the keys and positions on the way to its value."""
    import argparse

    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"must be NAME=PATH, got {text}.")
    return name, path.split(".")


def _found(fields, answer):
    """Return the fields in an answer; None if the service does not know the track."""
    values = {}
    try:
        for name, path in fields:
            value = json.loads(answer)
            for step in path:
                value = value[int(step) if isinstance(value, list) else step]
            values[name] = str(value)
    except (LookupError, TypeError, ValueError):
        return None
    return values
