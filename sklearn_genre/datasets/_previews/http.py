"""Downloads over http and https, bounded in size, time and redirects."""

import contextlib
import email.utils
import hashlib
import logging
import socket
import threading
import urllib.parse
import urllib.request
import weakref
from dataclasses import dataclass

from ..._utils.files import replacing

_CHUNK = 2**16
# answers that may change on another try
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)
_NO_ADDRESS = "redirected to an address that is not http or https"
# where urllib3 logs addresses
_LOGGERS = tuple(
    f"urllib3.{name}" for name in ("connectionpool", "poolmanager", "util.retry")
)


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
    """What is accepted from a server.

    Attributes
    ----------
    content_types : tuple of str
        Beginnings of media types.
    max_size : int
        In bytes.
    timeout : float
        Longest silence, in seconds.
    time_limit : float
        Longest request with its redirects, headers and body, in seconds.
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


class Client:
    """Downloads of one run; connections stay open from one to the next.

    Parameters
    ----------
    url : str
        An address on the host in question, which decides about a proxy.
    limits : Limits
    secrets : sequence of str
        Keys, which no log may show.
    clock : callable
        Returns seconds.
    """

    def __init__(self, url, *, limits, secrets, clock):
        self.limits, self.clock = limits, clock
        self._log_filter = _NoSecrets(secrets)
        self._pool = _open_pool(url)
        self._live = _noted_connections(self._pool)

    def __enter__(self):
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._log_filter)
        return self

    def __exit__(self, *exc_info):
        self._pool.clear()
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._log_filter)

    def download(self, url, path, *, headers):
        """Download an address into a file, which appears only when it is complete.

        Parameters
        ----------
        url : str
        path : Path
            A file beside it, with the suffix ".part", is used meanwhile.
        headers : dict of str to str
            Sent to the host of ``url`` only, not where it redirects to.

        Returns
        -------
        result : Download

        Raises
        ------
        DownloadError
        """
        from urllib3.exceptions import HTTPError

        start = self.clock()
        with self._until_the_limit() as over:
            try:
                result = self._exchange(url, path, headers, start)
            except (HTTPError, ValueError) as error:
                cause = _explain(error, self.limits)
            except DownloadError as error:
                cause = error
            else:
                cause = None
            if over.is_set():  # what was cut off may look complete
                cause = self._late()
            if cause is not None:
                raise cause from None
            return result

    def _exchange(self, url, path, headers, start):
        """Make a request, follow where it leads, and save the body."""
        with self._request(url, headers) as response:
            self._check_status(response)
            content_type = _check_head(response, self.limits)
            return self._save(response, content_type, path, start)

    @contextlib.contextmanager
    def _until_the_limit(self):
        """End what is under way when time is over: a server may drip-feed a header."""
        over = threading.Event()

        def end():
            over.set()
            for connection in list(self._live):
                _cut(connection)

        timer = threading.Timer(self.limits.time_limit, end)
        timer.daemon = True
        timer.start()
        try:
            yield over
        finally:
            timer.cancel()

    def _late(self):
        """Return the error of a download that takes too long."""
        limit = f"{self.limits.time_limit:g} s"
        return DownloadError(f"not complete after {limit}", transient=True)

    def _request(self, url, headers):
        """Return the answer to a request, its body still to be read.

        urllib3 would follow redirects, too, but read their bodies to the end and sleep
        as long as their Retry-After asks.
        """
        for _ in range(self.limits.max_redirects + 1):
            response = self._one_request(url, headers)
            place = response.get_redirect_location()
            if not place:
                return response
            # a connection can be used again once the body is read
            if (response.length_remaining or 0) <= _CHUNK and not response.chunked:
                response.read(_CHUNK)
                response.release_conn()
            response.close()
            url, headers = _follow(url, place, headers)
        raise DownloadError(f"more than {self.limits.max_redirects} redirects")

    def _one_request(self, url, headers):
        """Return the answer to one request."""
        from urllib3 import Timeout

        return self._pool.request(
            "GET",
            url,
            headers=headers,
            timeout=Timeout(self.limits.timeout, self.limits.timeout),
            # a repetition counts in the quota of the key: the caller repeats
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
            enforce_content_length=False,
        )

    def _check_status(self, response):
        """Raise unless the server sends what was requested."""
        if 200 <= response.status < 300:
            return
        raise DownloadError(
            f"HTTP {response.status} {response.reason}",
            transient=response.status in _TRANSIENT,
            status=response.status,
            retry_after=_retry_after(response.headers.get("Retry-After"), self.clock),
        )

    def _save(self, response, content_type, path, start):
        """Write the body to the file."""
        # the number of bytes still to come, which is all of them now
        promised = response.length_remaining
        with replacing(path) as file:
            size, digest = self._copy(response, file, start)
            if size == 0 or (promised is not None and size < promised):
                raise DownloadError(
                    f"truncated: {size} of {promised or 'unknown many'} bytes",
                    transient=True,
                    status=response.status,
                )
        return Download(content_type, size, digest)

    def _copy(self, response, file, start):
        """Copy a body chunk by chunk; return its size and hash."""
        size, digest, limits = 0, hashlib.sha256(), self.limits
        # read1 returns what has arrived, so that a slow server cannot evade the time
        # limit
        while chunk := response.read1(_CHUNK, decode_content=False):
            size += len(chunk)
            if size > limits.max_size:
                raise DownloadError(f"more than {limits.max_size} bytes")
            if self.clock() - start > limits.time_limit:
                raise self._late()
            digest.update(chunk)
            file.write(chunk)
        return size, digest.hexdigest()


class _NoSecrets(logging.Filter):
    """Drop records that show a key: urllib3 logs addresses, and keys may be in them."""

    def __init__(self, secrets):
        super().__init__()
        quoted = {urllib.parse.quote_plus(secret) for secret in secrets}
        self._secrets = {*secrets, *quoted} - {""}

    def filter(self, record):
        """Return whether a record may be logged."""
        text = record.getMessage()
        return not any(secret in text for secret in self._secrets)


def _open_pool(url):
    """Return a pool of connections, through the proxy of the environment if any."""
    import urllib3

    parts = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or urllib.request.proxy_bypass(parts.hostname):
        return urllib3.PoolManager()
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    user = urllib3.util.parse_url(proxy).auth
    headers = None
    if user:
        headers = urllib3.make_headers(proxy_basic_auth=urllib.parse.unquote(user))
    return urllib3.ProxyManager(proxy, proxy_headers=headers)


def _noted_connections(pool):
    """Make a pool note the connections that it opens, and return the set of them."""
    live = weakref.WeakSet()

    def noted(kind):
        class Noted(kind):
            def connect(self):
                live.add(self)
                super().connect()
                # the connection forgets it when the server announces to close
                self.noted_sock = self.sock

        return Noted

    pool.pool_classes_by_scheme = {
        scheme: type(
            kind.__name__, (kind,), {"ConnectionCls": noted(kind.ConnectionCls)}
        )
        for scheme, kind in pool.pool_classes_by_scheme.items()
    }
    return live


def _cut(connection):
    """End whatever a thread waits for on a connection."""
    sock = connection.sock or getattr(connection, "noted_sock", None)
    if sock is not None:
        with contextlib.suppress(OSError):  # it is closed already
            # that of SSLSocket is for the thread that reads
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _follow(url, place, headers):
    """Return the address of a redirect, and the headers that it may get."""
    try:
        place = urllib.parse.urljoin(url, place)
        scheme, *_ = host = _host(place)
    except ValueError:  # such as "http://[::1"
        raise DownloadError(_NO_ADDRESS) from None
    if scheme not in ("http", "https"):
        raise DownloadError(_NO_ADDRESS)
    if host != _host(url):
        headers = {k: v for k, v in headers.items() if k == "User-Agent"}
    return place, headers


def _host(url):
    """Return what a key may be sent to: scheme, host and port."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _explain(error, limits):
    """Return what went wrong, without the address."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.LocationValueError):
        return DownloadError(_NO_ADDRESS)
    if not isinstance(error, exceptions.HTTPError):
        return DownloadError(f"the answer cannot be read ({type(error).__name__})")
    within = [arg for arg in error.args if isinstance(arg, Exception)]
    cause = error.__cause__ or [error, *within][-1]
    if isinstance(error, exceptions.ReadTimeoutError):
        return DownloadError(f"silent for {limits.timeout:g} s", transient=True)
    unreached = exceptions.ConnectTimeoutError, exceptions.ProxyError
    if isinstance(error, (*unreached, exceptions.SSLError)):
        return DownloadError(f"no connection ({cause})", transient=True)
    return DownloadError(f"connection broken ({type(cause).__name__})", transient=True)


def _check_head(response, limits):
    """Return the media type of an answer; refuse wrong types and sizes at once."""
    given = response.headers.get("Content-Type", "text/plain")
    content_type = given.partition(";")[0].strip().lower()
    if not content_type.startswith(limits.content_types):
        raise DownloadError(f"content type {content_type!r} is not audio")
    length = response.length_remaining
    if length is not None and length > limits.max_size:
        raise DownloadError(f"{length} bytes, more than {limits.max_size}")
    return content_type


def _retry_after(value, clock):
    """Return the seconds to wait, given as a number or as a date."""
    if not value:
        return 0.0
    try:
        if value.strip().isdecimal():
            return float(value)
        date = email.utils.parsedate_to_datetime(value)
        return max(date.timestamp() - clock(), 0.0)
    except (ValueError, OverflowError):
        return 0.0
