"""Download of short previews for a list of tracks, which can stop and resume."""

import time
import urllib.parse
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from ..._utils.formats import MEDIA_TYPES
from ...parameters import Integer, OneOf, Real
from .http import Client, DownloadError, Limits
from .ledger import Keys, Manifest
from .lookup import check_lookup, opened
from .tracks import check_tracks, fields, file_name, records

_RULES = {
    "retries": Integer(low=0),
    "backoff": Real(low=0),
    "min_interval": Real(low=0),
    "max_wait": Real(low=0),
    "timeout": Real(low=1e-3),
    "time_limit": Real(low=1e-3),
    "max_size": Integer(low=1),
    "max_redirects": Integer(low=0),
    "max_failures": Integer(low=1),
    "quota": Integer(low=1, none=True),
    "key_in": OneOf(choices=("query", "header")),
}


def fetch_previews(
    tracks,
    template,
    folder,
    *,
    id_field="id",
    lookup=None,
    lookup_result=None,
    extension=None,
    keys=None,
    key_name=None,
    key_in="query",
    quota=None,
    min_interval=0.1,
    retries=4,
    backoff=1.0,
    max_wait=120.0,
    timeout=30.0,
    time_limit=300.0,
    max_size=20_000_000,
    content_types=("audio/", "application/octet-stream"),
    max_redirects=5,
    max_failures=20,
    retry_failed=False,
    progress=False,
    clock=time.time,
    sleep=time.sleep,
):
    """Download one audio file for each track of a list.

    It is meant for services that offer 30 s previews under an API key with a daily
    quota. You can stop it at any time, even by killing the process, and call it again
    with the same arguments: it does not request finished tracks again, and requests
    already counted stay counted. Every track ends as done, failed or pending, with a
    reason.

    Parameters
    ----------
    tracks : sequence of str, sequence of dict, or DataFrame
        Ids, or the fields of each track.
    template : str
        Address with fields in braces, such as
        ``"https://example.org/preview/{id}?country={country}"``. Values are
        percent-encoded. Only http and https.
    folder : str or path-like
        Where files go; it is created if it does not exist.
    id_field : str, default="id"
        Field that identifies a track and names its file.
    lookup : str or None, default=None
        Address, with fields in braces, of a search for what the service calls a track,
        such as ``"https://example.org/search?artist={artist}&title={title}"``. It is
        asked once for each track that is not done; requests count in the quota, and
        what was found is kept in the manifest. None: the fields are known.
    lookup_result : callable or None, default=None
        Required with ``lookup``: a function from the answer, bytes, to a dict of the
        fields of ``template``. None, or a LookupError, means that the service does not
        know the track, which then fails.
    extension : str or None, default=None
        Ending of the files. None infers it from the content type, or else from the
        address.
    keys : str, sequence of str or None, default=None
        API keys. When one is used up or refused, the next one is used. They are sent
        only to the hosts of ``template`` and ``lookup``, and written to no file and no
        log.
    key_name : str or None, default=None
        Name of the query parameter or header of the key; required with ``keys``.
    key_in : {"query", "header"}, default="query"
        Where the key goes.
    quota : int or None, default=None
        Requests per key (or in total, without keys) and day in UTC, >= 1, including
        repetitions and failures. None sets no limit.
    min_interval : float, default=0.1
        Shortest time between the starts of two requests, in seconds, >= 0.
    retries : int, default=4
        How often to repeat a request that failed temporarily, >= 0: no connection,
        time-out, truncated body, HTTP 408, 425, 429, 500, 502, 503, 504.
    backoff : float, default=1.0
        Wait before the first repetition, in seconds, >= 0; doubled each time. If the
        server asks for a longer wait by Retry-After, that is used.
    max_wait : float, default=120.0
        Longest wait, in seconds, >= 0. If the server asks for a longer one, the key is
        not used again in this run, and without another key the run ends.
    timeout : float, default=30.0
        Longest silence of the server, in seconds, >= 0.001.
    time_limit : float, default=300.0
        Longest request of one file, from the connection to the last byte and with
        redirects, in seconds, >= 0.001.
    max_size : int, default=20_000_000
        Largest file, in bytes, >= 1.
    content_types : sequence of str, default=("audio/", "application/octet-stream")
        Prefixes of the accepted content types. Others, such as that of a web page with
        an error message, make the track fail.
    max_redirects : int, default=5
        How many redirects to follow, >= 0.
    max_failures : int, default=20
        After this number of tracks in a row without any answer the run ends, >= 1: the
        host or the network is gone.
    retry_failed : bool, default=False
        Whether to retry tracks that failed permanently, such as those not found. Those
        that failed temporarily are always retried.
    progress : bool, default=False
        Whether to show a progress bar.
    clock, sleep : callable
        Functions that return the seconds since 1970, and that wait a number of seconds.

    Returns
    -------
    result : Bunch
        - ``ids``: ndarray of shape (n_tracks,) of str, in the order of ``tracks``;
        - ``status``: ndarray of shape (n_tracks,): "done", "failed" or "pending";
        - ``paths``: ndarray of shape (n_tracks,) of str, "" where not done;
        - ``reasons``: ndarray of shape (n_tracks,) of str, "" where done;
        - ``manifest``: str, path of the record in JSON lines: id, status, file, bytes,
          sha256, content_type, reason, transient, fields, time;
        - ``DESCR``: str, the counts and reasons.

    Raises
    ------
    ValueError
        If a parameter is out of range, a track lacks a field, ids occur twice, or
        the manifest of the folder cannot be read or names files elsewhere.
    OSError
        If the folder cannot be written.
    BlockingIOError
        If another process downloads into the folder (where the system has file locks,
        not on Windows).

    See Also
    --------
    audit : Look through the downloaded files.
    load_manifest : Load them with their labels.

    Notes
    -----
    The terms of a service say whether it allows the download and use of its previews.
    Requests are made one at a time. A file appears under its name only when it is
    complete.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_genre.datasets import fetch_previews
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = fetch_previews(
    ...         ["t1", "t2"],
    ...         "http://127.0.0.1:9/{id}.mp3",  # no server there
    ...         folder,
    ...         retries=0,
    ...         max_failures=1,
    ...     )
    >>> result.status
    array(['failed', 'pending'], dtype='<U7')
    >>> print(result.DESCR)
    2 tracks: 0 done, 1 failed, 1 pending.
    failed, 1: no connection (...)
    pending, 1: no answer for 1 track in a row
    """
    _check(locals())
    wanted, to_look_up = fields(template), check_lookup(lookup, lookup_result)
    tracks = records(tracks, id_field)
    check_tracks(tracks, wanted if lookup is None else to_look_up, id_field)
    keys = _check_keys(keys, key_name)
    limits = Limits(tuple(content_types), max_size, timeout, time_limit, max_redirects)
    folder = Path(folder).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    common = {"limits": limits, "secrets": keys, "clock": clock}
    with (
        Client(template, **common) as client,
        opened(lookup, lookup_result, wanted=wanted, folder=folder, **common) as search,
        Manifest(folder / "manifest.jsonl") as manifest,
    ):
        run = _Run(
            folder,
            client=client,
            template=template,
            lookup=search,
            extension=extension,
            key_name=key_name,
            key_in=key_in,
            keys=Keys(folder / "quota.json", keys, quota, clock),
            waits=(retries, backoff, max_wait, min_interval),
            max_failures=max_failures,
            clock=clock,
            sleep=sleep,
        )
        ids = [track[id_field] for track in tracks]
        for track_id, track in _shown(ids, tracks, progress):
            if manifest.wants(track_id, folder, retry_failed):
                run.track(track_id, track, manifest)
        return _result(ids, folder, manifest, run)


def _check(params):
    """Check numbers, choices and content types."""
    for name, rule in _RULES.items():
        rule.check_value(name, params[name])
    content_types = params["content_types"]
    if isinstance(content_types, str):
        raise ValueError(
            f"content_types must be a sequence of str, got the string "
            f"{content_types!r}."
        )


def _shown(ids, tracks, progress):
    """Return pairs of id and track, with a progress bar if asked for."""
    pairs = zip(ids, tracks, strict=True)
    if not progress:
        return pairs
    from tqdm import tqdm

    return tqdm(pairs, total=len(ids), desc="fetch_previews", unit="track")


class _Run:
    """One call of ``fetch_previews``: waits, keys, and when to stop."""

    def __init__(
        self,
        folder,
        *,
        client,
        template,
        lookup,
        extension,
        key_name,
        key_in,
        keys,
        waits,
        max_failures,
        clock,
        sleep,
    ):
        self.folder, self.client, self.template = folder, client, template
        self.lookup = lookup
        self.extension, self.key_name, self.key_in = extension, key_name, key_in
        self.keys = keys
        self.retries, self.backoff, self.max_wait, self.min_interval = waits
        self.max_failures = max_failures
        self.clock, self.sleep = clock, sleep
        self.stopped = ""
        self.pending = {}
        self._unanswered = 0
        self._last = -np.inf

    def track(self, track_id, track, manifest):
        """Fetch one track and record whether it is done, failed or pending."""
        if self.stopped:
            self.pending[track_id] = self.stopped
            return
        try:
            if self.lookup is not None:
                track = self._looked_up(track_id, track, manifest)
            entry = self._repeat(self._download, track_id, track)
        except _Stopped as stop:
            self.stopped = self.pending[track_id] = str(stop)
            return
        except DownloadError as error:
            manifest.add(
                id=track_id,
                status="failed",
                reason=error.reason,
                transient=error.transient,
                time=self.clock(),
            )
            self._count_silence(error)
            return
        manifest.add(id=track_id, status="done", time=self.clock(), **entry)
        self._unanswered = 0

    def _count_silence(self, error):
        """Stop after too many tracks in a row without an answer."""
        self._unanswered += 1
        if error.status is not None or not error.transient:
            self._unanswered = 0
        if self._unanswered >= self.max_failures:
            tracks = "track" if self._unanswered == 1 else "tracks"
            self.stopped = f"no answer for {self._unanswered} {tracks} in a row"

    def _looked_up(self, track_id, track, manifest):
        """Return a track with the fields that the service has for it."""
        if track_id not in manifest.found:
            found = self._repeat(self._look_up, track_id, track)
            # what lacks a field is not kept: the next run asks again
            self.lookup.check(track | found)
            manifest.add(id=track_id, status="found", fields=found, time=self.clock())
        track = track | manifest.found[track_id]
        self.lookup.check(track)
        return track

    def _repeat(self, request, track_id, track):
        """Make a request about a track with repetitions; return its result."""
        attempt = 0
        while True:
            key = self.keys.current()
            if key is None:
                raise _Stopped(self.keys.why)
            self._keep_interval()
            self.keys.count(key)
            try:
                return request(track_id, track, key)
            except DownloadError as error:
                wait = max(self.backoff * 2**attempt, error.retry_after)
                attempt += 1
                last = attempt > self.retries
                if self._changes_key(key, error, last):
                    attempt = 0
                elif not error.transient or last:
                    raise
                else:
                    self.sleep(min(wait, self.max_wait))

    def _changes_key(self, key, error, last):
        """Retire the key if an answer concerns it, and return whether it does."""
        if error.retry_after > self.max_wait:
            wait = f"the server asks to wait {error.retry_after:.0f} s"
            self.keys.retire(key, wait)
        elif error.status == 401:
            self.keys.retire(key, "the server refuses access (HTTP 401)")
        elif error.status == 429 and last:
            self.keys.retire(key, "too many requests for the server (HTTP 429)")
        else:
            return False
        return True

    def _keep_interval(self):
        """Wait until ``min_interval`` has passed since the last request."""
        wait = self._last + self.min_interval - self.clock()
        if wait > 0:
            self.sleep(min(wait, self.min_interval))
        self._last = self.clock()

    def _look_up(self, track_id, track, key):
        """Make one request to the search."""
        url, headers = self._address(self.lookup.template, track, key)
        return self.lookup.ask(track_id, url, headers)

    def _download(self, track_id, track, key):
        """Make one request for the file; return its entry in the manifest."""
        url, headers = self._address(self.template, track, key)
        stem = file_name(track_id)
        # the ending is known only once the answer has arrived
        raw = self.folder / f"{stem}.download"
        try:
            got = self.client.download(url, raw, headers=headers)
            file = stem + self._ending(got.content_type, url)
            raw.replace(self.folder / file)
        finally:
            raw.unlink(missing_ok=True)
        return {
            "file": file,
            "bytes": got.size,
            "sha256": got.sha256,
            "content_type": got.content_type,
        }

    def _address(self, template, track, key):
        """Return the address and headers of a track."""
        values = {k: urllib.parse.quote(str(v), safe="") for k, v in track.items()}
        url = template.format_map(values)
        headers = {"User-Agent": "sklearn-genre"}
        if key and self.key_in == "header":
            headers[self.key_name] = key
        elif key:
            parts = urllib.parse.urlsplit(url)
            pair = urllib.parse.urlencode({self.key_name: key})
            query = f"{parts.query}&{pair}" if parts.query else pair
            url = urllib.parse.urlunsplit(parts._replace(query=query))
        return url, headers

    def _ending(self, content_type, url):
        """Return the file name ending of a download."""
        if self.extension is not None:
            return "." + self.extension.lstrip(".")
        if content_type in MEDIA_TYPES:
            return MEDIA_TYPES[content_type]
        suffix = Path(urllib.parse.urlsplit(url).path).suffix.lower()
        if suffix in MEDIA_TYPES.values():
            return suffix
        raise DownloadError(
            f"content type {content_type!r} names no format; pass extension"
        )


class _Stopped(Exception):
    """No further request can be made in this run."""


def _check_keys(keys, key_name):
    """Return keys as a list; [""] if none is needed."""
    if keys is None:
        if key_name is not None:
            raise ValueError(f"key_name is {key_name!r}, but keys is missing.")
        return [""]
    keys = [keys] if isinstance(keys, str) else list(keys)
    if not keys or not all(isinstance(k, str) and k.strip() for k in keys):
        raise ValueError("keys must hold at least one key, and none that is empty.")
    if not key_name:
        raise ValueError("keys need key_name, their query parameter or header.")
    return list(dict.fromkeys(keys))


def _result(ids, folder, manifest, run):
    """Return the Bunch of all tracks."""
    status, paths, reasons = [], [], []
    for track_id in ids:
        entry = manifest.entries.get(track_id)
        if track_id in run.pending or entry is None:
            status.append("pending")
            reasons.append(run.pending.get(track_id, "not reached"))
            paths.append("")
            continue
        done = entry["status"] == "done"
        status.append(entry["status"])
        reasons.append("" if done else entry["reason"])
        paths.append(str(folder / entry["file"]) if done else "")
    return Bunch(
        ids=np.array(ids, dtype=str),
        status=np.array(status, dtype="<U7"),
        paths=np.array(paths, dtype=str),
        reasons=np.array(reasons, dtype=str),
        manifest=str(manifest.path),
        DESCR=_describe(status, reasons),
    )


def _describe(status, reasons):
    """Return the outcome in a few lines."""
    counts = Counter(status)
    lines = [
        f"{len(status)} tracks: {counts['done']} done, {counts['failed']} failed, "
        f"{counts['pending']} pending."
    ]
    why = Counter((s, r) for s, r in zip(status, reasons, strict=True) if s != "done")
    lines += [f"{s}, {n}: {reason}" for (s, reason), n in sorted(why.items())]
    return "\n".join(lines)
