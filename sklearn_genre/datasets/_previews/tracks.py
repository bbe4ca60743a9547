"""Lists of tracks, and the template of their addresses."""

import string
import urllib.parse
from collections import Counter

from ..._utils.text import listed

_LONGEST_NAME = 150


def fields(template):
    """Names of the fields of an address."""
    if not isinstance(template, str):
        raise ValueError(f"template must be an address, got {template!r}.")
    scheme = urllib.parse.urlsplit(template).scheme
    if scheme not in ("http", "https"):
        raise ValueError(
            f"template must begin with http:// or https://, got {template!r}."
        )
    try:
        names = {name for _, name, *_ in string.Formatter().parse(template) if name}
    except ValueError as error:
        raise ValueError(f"template {template!r} cannot be read: {error}.") from error
    if not names:
        raise ValueError(
            f"template {template!r} has no field, so that all tracks would have one "
            "address; put {id} where the id goes."
        )
    host = urllib.parse.urlsplit(template).netloc
    if "{" in host or not all(name.isidentifier() for name in names):
        raise ValueError(
            f"template {template!r}: fields are plain names such as {{id}}, and none "
            "stands in the host."
        )
    return names


def records(tracks, id_field):
    """Tracks as a list of dicts."""
    if hasattr(tracks, "to_dict"):
        tracks = tracks.to_dict("records")
    if isinstance(tracks, str | dict):
        raise ValueError(f"tracks must be a sequence of tracks, got {tracks!r}.")
    tracks = [
        dict(track) if isinstance(track, dict) else {id_field: track}
        for track in tracks
    ]
    for track in tracks:
        if id_field in track:
            track[id_field] = str(track[id_field])
    return tracks


def check_tracks(tracks, fields, id_field):
    """Every track has all fields and an id of its own."""
    for i, track in enumerate(tracks):
        missing = sorted(name for name in fields | {id_field} if name not in track)
        empty = [n for n in fields | {id_field} if str(track.get(n, "x")).strip() == ""]
        if missing or empty:
            raise ValueError(
                f"tracks[{i}] lacks {', '.join(map(repr, missing or empty))}, which "
                f"the template or id_field needs; it is {track!r}."
            )
    ids = [track[id_field] for track in tracks]
    if not ids:
        raise ValueError("tracks is empty; there is nothing to fetch.")
    twice = [i for i, n in Counter(ids).items() if n > 1]
    if twice:
        raise ValueError(f"ids occur more than once: {listed(twice, 5)}.")
    # some file systems take a and A for one name
    same = Counter(file_name(i).casefold() for i in ids)
    clash = [i for i in ids if same[file_name(i).casefold()] > 1]
    if clash:
        raise ValueError(
            f"ids differ only in case, so that files could overwrite each other: "
            f"{listed(clash, 5)}. Fetch them into two folders."
        )
    long = [i for i in ids if len(file_name(i)) > _LONGEST_NAME]
    if long:
        raise ValueError(f"ids are too long for file names: {listed(long, 3)}.")


def file_name(track_id):
    """A file name without ending, another one for each id."""
    name = urllib.parse.quote(track_id, safe=" ,+=@")
    return name.replace(".", "%2E") if name.startswith(".") else name
