"""The record of a download from run to run: a manifest, and the use of keys."""

import contextlib
import hashlib
import json
import os
import time

from ..._utils.files import replacing
from ..._utils.locks import locked


class Manifest:
    """JSON lines on the outcome of each track; the last line of an id counts.

    One run at a time uses a manifest, and so its folder.

    Attributes
    ----------
    path : Path
    entries : dict of str to dict
        Last entry by id.
    found : dict of str to dict of str
        Fields that were looked up, by id.
    """

    def __init__(self, path):
        self.path = path
        self.entries, self.found = {}, {}
        self._whole = 0

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path, wait=False))
            except BlockingIOError as error:
                raise BlockingIOError(
                    error.errno,
                    "another download into this folder is running. Wait for it, or "
                    "choose another folder",
                    str(self.path.parent),
                ) from error
            if self.path.exists():
                self._read()
            self._file = stack.enter_context(open(self.path, "ab"))
            # a killed run may have left an incomplete line
            self._file.truncate(self._whole)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc_info):
        self._stack.close()

    def _read(self):
        """Read all complete lines."""
        for number, line in enumerate(self.path.read_bytes().splitlines(True), 1):
            if not line.endswith(b"\n"):
                return
            try:
                entry = json.loads(line)
                _check_entry(entry)
                self._note(entry)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                raise ValueError(
                    f"{self.path}, line {number} is not a record of a download. Repair "
                    "or remove the line, or choose another folder."
                ) from error
            self._whole += len(line)

    def add(self, **entry):
        """Append a record; it is on disk when this returns."""
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        self._file.write(line.encode("utf-8"))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._note(entry)

    def _note(self, entry):
        """Keep an entry; what was looked up says nothing on the outcome."""
        if entry["status"] == "found":
            self.found[entry["id"]] = entry["fields"]
        else:
            self.entries[entry["id"]] = entry

    def wants(self, track_id, folder, retry_failed):
        """Return whether a track is still to be fetched."""
        entry = self.entries.get(track_id)
        if entry is None:
            return True
        if entry["status"] == "done":
            path = folder / entry["file"]
            return not path.is_file() or path.stat().st_size != entry["bytes"]
        return retry_failed or entry.get("transient", True)


def _check_entry(entry):
    """Raise ValueError, TypeError or KeyError if a record is not of a download."""
    needed = {"done": ["file"], "found": []}
    strings = ["id", "status", *needed.get(entry["status"], ["reason"])]
    if not all(isinstance(entry[name], str) for name in strings):
        raise TypeError("not a string")
    if entry["status"] == "done":
        # another folder's file, such as "../x", is not what was downloaded
        if not is_plain_name(entry["file"]) or not isinstance(entry["bytes"], int):
            raise ValueError("no file of this folder")
    elif entry["status"] == "found":
        fields = entry["fields"]
        if not all(isinstance(text, str) for pair in fields.items() for text in pair):
            raise TypeError("fields that are no text")
    elif entry["status"] != "failed":
        raise ValueError("no status")


def is_plain_name(name):
    """Return whether a name is that of a file in a folder, not of one elsewhere."""
    return not {"/", "\\", ":", "\0"} & set(name) and name not in ("", ".", "..")


class Keys:
    """Keys with a daily quota; requests are counted on disk, under a hash of the key.

    Attributes
    ----------
    why : str
        Why there is no key left.
    """

    def __init__(self, path, keys, quota, clock):
        self.path, self.keys, self.quota, self.clock = path, keys, quota, clock
        self._used = _read_counts(path) if quota else {}
        self._retired = {}

    def current(self):
        """Return the first key that may be used now; None if there is none."""
        for key in self.keys:
            if key not in self._retired and self._left(key):
                return key
        return None

    @property
    def why(self):
        """Why no key is left, in words."""
        causes = dict.fromkeys(self._retired.values())
        if len(self._retired) < len(self.keys):
            causes[f"the quota of {self.quota} requests per day is used up"] = None
        return "; ".join(causes)

    def count(self, key):
        """Note a request before it is made: a killed run must not exceed the quota."""
        if not self.quota:
            return
        today = self._today()
        if self._used.get("day") != today:
            self._used = {"day": today, "requests": {}}
        requests = self._used["requests"]
        requests[_mark(key)] = requests.get(_mark(key), 0) + 1
        with replacing(self.path) as file:
            file.write(json.dumps(self._used).encode())

    def retire(self, key, reason):
        """Stop using a key in this run."""
        self._retired[key] = reason

    def _left(self, key):
        """Return whether a key has any of today's quota left."""
        if not self.quota or self._used.get("day") != self._today():
            return True
        return self._used["requests"].get(_mark(key), 0) < self.quota

    def _today(self):
        """Return the date in UTC."""
        return time.strftime("%Y-%m-%d", time.gmtime(self.clock()))


def _mark(key):
    """Return the name of a key on disk."""
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:12]


def _read_counts(path):
    """Return the requests of the last day.

    Raises
    ------
    ValueError
        If the file is not a record of requests.
    """
    if not path.exists():
        return {}
    try:
        used = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(n, int) for n in used["requests"].values()):
            raise ValueError("counts must be integers")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{path} is not a record of requests. Remove it; the requests of today are "
            "then counted from 0."
        ) from error
    return used
