"""Lists of tracks, and the template of their addresses."""

import string
import urllib.parse
from collections import Counter

from ..._utils.text import listed

# file systems allow 255 bytes; the ending and the temporary files need some of them
_LONGEST_NAME = 150


def fields(template, name="template"):
    """Return the names of the fields of an address.

    Parameters
    ----------
    template : str
    name : str, default="template"
        What the address is, in errors.

    Raises
    ------
    ValueError
        If the template is not an http or https address, or has no plain field.
    """
    if not isinstance(template, str):
        raise ValueError(f"{name} must be an address, got {template!r}.")
    try:
        parts = urllib.parse.urlsplit(template)
        names = {field for _, field, *_ in string.Formatter().parse(template) if field}
    except ValueError as error:
        raise ValueError(f"{name} {template!r} cannot be read: {error}.") from error
    _check_host(template, parts, name)
    if not names:
        raise ValueError(
            f"{name} {template!r} has no field, so that all tracks would have one "
            "address; put {id} where the id goes."
        )
    if not all(field.isidentifier() for field in names):
        raise ValueError(
            f"{name} {template!r}: fields must be plain names such as {{id}}."
        )
    return names


def _check_host(template, parts, name):
    """Check the part of the address that is the same for all tracks."""
    if parts.scheme not in ("http", "https"):
        raise ValueError(
            f"{name} must begin with http:// or https://, got {template!r}."
        )
    if "{" in parts.netloc:
        raise ValueError(f"{name} {template!r}: the host must not hold a field.")
    if not parts.hostname or any(map(str.isspace, parts.netloc)):
        raise ValueError(f"{name} {template!r} names no host.")


def records(tracks, id_field):
    """Return tracks as a list of dicts."""
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
    """Check that every track has all fields, and an id of its own.

    Raises
    ------
    ValueError
        If a track lacks a field or ids are not unique; it names the track or the ids.
    """
    needed = fields | {id_field}
    for i, track in enumerate(tracks):
        lacking = sorted(name for name in needed if name not in track)
        lacking = lacking or [name for name in needed if not str(track[name]).strip()]
        if lacking:
            raise ValueError(
                f"tracks[{i}] lacks {listed(map(repr, lacking))}, which the template "
                f"or id_field needs; it is {track!r}."
            )
        odd = [name for name in needed if not _encodable(str(track[name]))]
        if odd:
            raise ValueError(
                f"tracks[{i}]: {odd[0]} is {str(track[odd[0]])!r}, which is no text "
                "that an address can hold (a lone surrogate)."
            )
    _check_ids([track[id_field] for track in tracks])


def _encodable(text):
    """Return whether a text has a form in UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _check_ids(ids):
    """Check that no two tracks would share a file."""
    if not ids:
        raise ValueError("tracks is empty; there is nothing to fetch.")
    twice = [i for i, n in Counter(ids).items() if n > 1]
    if twice:
        raise ValueError(f"ids occur more than once: {listed(twice, 5)}.")
    # some file systems treat a and A as one name
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
    """Return a file name without ending that no other id has."""
    name = urllib.parse.quote(track_id, safe=" ,+=@")
    return name.replace(".", "%2E") if name.startswith(".") else name
