"""Odd answers of a server on the loopback address."""

import functools
import os
import random
import socket
import threading
import time
from pathlib import Path

from sklearn_genre.datasets import fetch_previews

from ._trials import Trial, here

BODY = bytes(range(256)) * 4
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n"
NUMBERS = (
    *("0", "-1", "1", "1023", "1025", "99999999999999999999", "1e3", "0x400", "\u00b2"),
    *("", " 1024 ", "1024, 1024", "+1024", "1_024", "NaN", "1024;x", "\uff11"),
)
PLACES = (
    *("http://[::1", "file:///etc/hostname", "//", "http://", "ftp://127.0.0.1/x"),
    *("http://127.0.0.1:1/x", "http://127.0.0.1:99999/x", "/\x00", "data:,x", ""),
    *("http://user:word@[", "/" + 9000 * "x", "javascript:1", "http://\u2028/", "?"),
)
TYPES = ("audio/mpeg", "text/html", "", "audio/" + 5000 * "x", "\u00ff", "AUDIO/MPEG;;")
STATUS = (
    *("HTTP/1.1 200 OK", "HTTP/1.0 204 None", "HTTP/1.1 206 Part", "HTTP/1.1 999 x"),
    *("HTTP/1.1 abc", "HTTP/9.9 200 OK", "ICY 200 OK", "", "200", "HTTP/1.1 100 Go"),
    *("HTTP/1.1 304 Not", "HTTP/1.1 401 No", "HTTP/1.1 429 Wait", "HTTP/1.1 503 Busy"),
    "HTTP/1.1 -5 x",
)


def head(rng):
    """Return the lines of a head that is odd somewhere."""
    lines = [rng.choice(STATUS)] if rng.random() < 0.4 else ["HTTP/1.1 200 OK"]
    lines.append(f"Content-Type: {rng.choice(TYPES)}")
    odd = rng.randrange(8)
    if odd < 3:
        lines.append(f"Content-Length: {rng.choice(NUMBERS)}")
    if odd == 3:
        lines[0] = f"HTTP/1.1 {rng.choice([301, 302, 303, 307, 308])} Moved"
        lines.append(f"Location: {rng.choice(PLACES)}")
    if odd == 4:
        lines.append("Transfer-Encoding: " + rng.choice(["chunked", "gzip, x", "\x00"]))
    if odd == 5:
        lines.append(f"Retry-After: {rng.choice([*NUMBERS, 'Someday', 'Mon, 99'])}")
    if odd == 6:
        lines += rng.choice(
            [["x" * 70_000], ["a: b"] * 300, [": "], ["no colon", " y"]]
        )
    if odd == 7:
        lines += ["Content-Length: 5", "Content-Length: 1024", "Content-Encoding: gzip"]
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n"


def body(rng):
    """Return a body, whole, cut, in chunks or none."""
    chunk = f"{rng.choice([4, 1024, 2**40, -1]):x}\r\n".encode()
    return rng.choice(
        [
            *(BODY, BODY[: rng.randrange(1024)], b"", b"<html>" + BODY),
            chunk + BODY + b"\r\n0\r\n\r\n",
            *(b"zz\r\n" + BODY, b"\x1f\x8b" + BODY, BODY * 3000),
        ]
    )


def answer(rng):
    """Return the bytes of an answer."""
    how = rng.random()
    if how < 0.1:
        return rng.randbytes(rng.randrange(3000))
    if how < 0.15:
        return b""
    content = head(rng) + body(rng)
    if how < 0.3:
        content = content[: rng.randrange(len(content))]
    return content


class Server(threading.Thread):
    """Answers the track "odd" in an odd way, the others well."""

    def __init__(self, odd, drip):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/{{id}}"
        self.odd, self.drip = odd, drip

    def run(self):
        """Take connections, as long as the process lives."""
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.talk, args=[connection], daemon=True).start()

    def talk(self, connection):
        """Answer one request."""
        with connection:
            try:
                if b"/odd" not in connection.recv(65536):
                    connection.sendall(
                        GOOD
                        + b"Content-Length: 1024\r\nConnection: close\r\n\r\n"
                        + BODY
                    )
                elif self.drip:
                    for byte in self.odd:
                        connection.sendall(bytes([byte]))
                        time.sleep(0.05)
                else:
                    connection.sendall(self.odd)
            except OSError:
                pass


def download(odd, drip):
    """Fetch a good track, the odd one and another good one."""
    os.environ["no_proxy"] = "*"
    server = Server(odd, drip)
    server.start()
    start, limits = time.monotonic(), dict(time_limit=2.0, timeout=1.0, max_wait=0.0)
    found = fetch_previews(
        *(["good", "odd", "good-2"], server.url, here("out")),
        **(limits | dict(min_interval=0.0, retries=0, backoff=0.0, max_size=2_000_000)),
    )
    if time.monotonic() - start > 8:
        return "hung: more than four limits of time"
    return judged(found)


def judged(found):
    """Look at every file that is said to be there, and at those that are not."""
    status = found.status.tolist()
    for path, one in zip(found.paths, status, strict=True):
        size = Path(path).stat().st_size if one == "done" else 1024
        if size == 0 or (Path(path).stem != "odd" and size != 1024):
            return f"wrong: {path} has {size} bytes"
    files = {p.name for p in here("out").iterdir()}
    known = {Path(path).name for path in found.paths if path}
    if left := files - known - {"manifest.jsonl", "quota.json"}:
        return f"wrong: {left} is left"
    if sorted(p.name for p in here(".").iterdir()) != ["out"]:
        return "wrong: a file outside of the folder"
    if status[0] != "done" or (status[2] != "done" and not found.reasons[1]):
        return f"wrong: {status}"
    if status[1] == "done":
        return "right"
    return "refused" if found.reasons[1] else "unnamed: no reason"


def trials(rng):
    """Yield answers without end; one of eight comes a byte at a time."""
    while True:
        seed = rng.getrandbits(32)
        own = random.Random(seed)
        odd, drip = answer(own), own.random() < 0.125
        kind = "a byte at a time" if drip else "at once"
        run = functools.partial(download, odd, drip)
        yield Trial(kind, run, name="odd", seconds=30, detail=f"{seed} {odd[:60]!r}")
