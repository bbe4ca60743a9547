"""The step before a download: what a service calls a track, by artist and title."""

from contextlib import contextmanager
from dataclasses import replace

from .http import Client, DownloadError
from .tracks import fields, file_name

# what answers to a search come in
_CONTENT_TYPES = ("application/json", "application/xml", "text/")


class Lookup:
    """Asks a service for the fields of a track that its template needs.

    Parameters
    ----------
    client : Client
    template : str
        Address of the search.
    read : callable
        From the bytes of an answer to a dict of fields; None or LookupError where the
        service does not know the track.
    wanted : set of str
        The fields that the template of the files needs.
    folder : Path
        Where an answer is kept while it arrives.
    """

    def __init__(self, client, *, template, read, wanted, folder):
        self.client, self.template, self.read = client, template, read
        self.wanted, self.folder = wanted, folder

    def ask(self, track_id, url, headers):
        """Return the fields of one track.

        Raises
        ------
        DownloadError
            If there is no answer, the service does not know the track, or a field is
            missing.
        """
        path = self.folder / f"{file_name(track_id)}.lookup"
        try:
            self.client.download(url, path, headers=headers)
            body = path.read_bytes()
        finally:
            path.unlink(missing_ok=True)
        try:
            found = self.read(body)
        except LookupError:
            found = None
        if found is None:
            raise DownloadError("looked up, not found")
        return {name: str(value) for name, value in dict(found).items()}

    def check(self, track):
        """Raise DownloadError unless a track has all that the template needs."""
        lacking = sorted(n for n in self.wanted if not str(track.get(n, "")).strip())
        if lacking:
            raise DownloadError(f"looked up, but the answer gave no {lacking[0]!r}")


def check_lookup(lookup, lookup_result):
    """Return the fields that a look-up needs; raise ValueError if half is given."""
    if (lookup is None) != (lookup_result is None):
        raise ValueError(
            "lookup and lookup_result go together: an address, and a function from "
            "its answer, bytes, to a dict of fields."
        )
    if lookup is None:
        return None
    if not callable(lookup_result):
        raise ValueError(f"lookup_result must be callable, got {lookup_result!r}.")
    return fields(lookup, "lookup")


@contextmanager
def opened(lookup, lookup_result, *, wanted, folder, limits, secrets, clock):
    """Return a Lookup with its own connections; None if none is asked for."""
    if lookup is None:
        yield None
        return
    limits = replace(limits, content_types=_CONTENT_TYPES)
    with Client(lookup, limits=limits, secrets=secrets, clock=clock) as client:
        yield Lookup(
            client, template=lookup, read=lookup_result, wanted=wanted, folder=folder
        )
