"""One download over http or https, bounded in size, time and redirects."""

import email.utils
import hashlib
import http.client
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

_CHUNK = 2**16
# what a server may answer better the next time
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


class DownloadError(Exception):
    """A download that did not succeed.

    Attributes
    ----------
    reason : str
        Without the address, which may hold a key.
    transient : bool
        Whether trying again may help.
    status : int or None
        Answer of the server, if there was one.
    retry_after : float
        Seconds the server asks to wait.
    """

    def __init__(self, reason, *, transient=False, status=None, retry_after=0.0):
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Limits:
    """What is accepted of a server.

    Attributes
    ----------
    content_types : tuple of str
        Beginnings of media types.
    max_size : int
        In bytes.
    timeout : float
        Longest silence, in seconds.
    time_limit : float
        Longest download, in seconds.
    max_redirects : int
    """

    content_types: tuple
    max_size: int
    timeout: float
    time_limit: float
    max_redirects: int


@dataclass(frozen=True)
class Download:
    """What was downloaded.

    Attributes
    ----------
    content_type : str
    size : int
        In bytes.
    sha256 : str
    """

    content_type: str
    size: int
    sha256: str


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, to http and https only; keys stay with their host."""

    def __init__(self, limit):
        self.limit = limit

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        """The next request, or an error."""
        if urllib.parse.urlsplit(newurl).scheme not in ("http", "https"):
            raise DownloadError("redirected to an address that is not http or https")
        count = getattr(req, "n_redirects", 0) + 1
        if count > self.limit:
            raise DownloadError(f"more than {self.limit} redirects")
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        new.n_redirects = count
        if _origin(new) == _origin(req):
            for name, value in req.unredirected_hdrs.items():
                if name not in ("Host", "Content-length", "Content-type"):
                    new.add_unredirected_header(name, value)
        return new

    # the base class would stop a loop with an error of its own, much later
    max_repeats = max_redirections = 10**6


def _origin(request):
    """Scheme and host with port, to which a key may be sent."""
    return request.type, request.host.lower()


def download(url, path, *, limits, headers, clock):
    """Load an address into a file, which appears only when it is complete.

    Parameters
    ----------
    url : str
    path : Path
        A file beside it, with ".part" at the end, is used meanwhile.
    limits : Limits
    headers : dict of str to str
        Sent to the host of ``url`` only, not where it redirects to.
    clock : callable
        Gives seconds.

    Returns
    -------
    result : Download

    Raises
    ------
    DownloadError
    """
    request = urllib.request.Request(url)
    for name, value in headers.items():
        request.add_unredirected_header(name, value)
    try:
        with _opener(limits).open(request, timeout=limits.timeout) as response:
            content_type = _check_head(response, limits)
            return _save(response, content_type, path, limits, clock)
    except urllib.error.HTTPError as error:
        reason = f"HTTP {error.code} {error.reason}"
        if error.code in (301, 302, 303, 307, 308):
            # the library refuses some by itself, and names the address
            reason = "redirected to an address that is not http or https"
        with error:
            raise DownloadError(
                reason,
                transient=error.code in _TRANSIENT,
                status=error.code,
                retry_after=_retry_after(error.headers.get("Retry-After"), clock),
            ) from None
    except urllib.error.URLError as error:
        raise DownloadError(
            f"no connection ({error.reason})", transient=True
        ) from error
    except TimeoutError as error:
        raise DownloadError(
            f"silent for {limits.timeout:g} s", transient=True
        ) from error
    except (http.client.HTTPException, ConnectionError) as error:
        raise DownloadError(
            f"connection broken ({type(error).__name__})", transient=True
        ) from error


def _opener(limits):
    """Opener for http and https alone: no file:, ftp: or data: addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(limits.max_redirects),
    ):
        opener.add_handler(handler)
    return opener


def _check_head(response, limits):
    """Media type of an answer; wrong types and sizes are refused before the body."""
    content_type = response.headers.get_content_type()
    if not content_type.startswith(limits.content_types):
        raise DownloadError(f"content type {content_type!r} is not audio")
    length = _length(response)
    if length is not None and length > limits.max_size:
        raise DownloadError(f"{length} bytes, more than {limits.max_size}")
    return content_type


def _length(response):
    """Promised size of the body, or None."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _save(response, content_type, path, limits, clock):
    """Write the body to the file."""
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            size, digest = _copy(response, file, limits, clock)
            file.flush()
            os.fsync(file.fileno())
        promised = _length(response)
        if size == 0 or (promised is not None and size < promised):
            raise DownloadError(
                f"truncated: {size} of {promised or 'unknown many'} bytes",
                transient=True,
                status=response.status,
            )
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return Download(content_type, size, digest)


def _copy(response, file, limits, clock):
    """Copy a body piece by piece; its size and hash."""
    size, digest, start = 0, hashlib.sha256(), clock()
    # read1 returns what has come, so that a slow drip cannot hide from the clock
    while chunk := response.read1(_CHUNK):
        size += len(chunk)
        if size > limits.max_size:
            raise DownloadError(f"more than {limits.max_size} bytes")
        if clock() - start > limits.time_limit:
            raise DownloadError(
                f"not complete after {limits.time_limit:g} s",
                transient=True,
                status=response.status,
            )
        digest.update(chunk)
        file.write(chunk)
    return size, digest.hexdigest()


def _retry_after(value, clock):
    """Seconds to wait, given as a number or as a date."""
    if not value:
        return 0.0
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        date = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(date.timestamp() - clock(), 0.0)
