"""A server of previews on the loopback address, and a clock on which no test waits."""

import contextlib
import email.utils
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

BODY = bytes(range(256)) * 8
NOON = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC


class Handler(BaseHTTPRequestHandler):
    """Answers by the id, which is the last part of the path."""

    def do_GET(self):
        parts = urlsplit(self.path)
        name = unquote(parts.path.rsplit("/", 1)[-1])
        seen = self.server.seen
        seen[name] += 1
        self.server.requests.append((name, parse_qs(parts.query), dict(self.headers)))
        getattr(self, "do_" + name.split("-")[0], self.do_good)(name, seen[name])

    def answer(self, status=200, body=BODY, content_type="audio/mpeg", **headers):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        headers.setdefault("Content_Length", len(body))
        for key, value in headers.items():
            if value is not None:
                self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_good(self, name, n):
        self.answer()

    def do_missing(self, name, n):
        self.answer(404, b"no such track")

    def do_busy(self, name, n):
        self.answer(429 if n == 1 else 200, Retry_After="7" if n == 1 else None)

    def do_tomorrow(self, name, n):
        date = email.utils.formatdate(NOON + 3600, usegmt=True)
        self.answer(429, Retry_After=date)

    def do_limit(self, name, n):
        self.answer(429)

    def do_shaky(self, name, n):
        self.answer(500 if n < 3 else 200)

    def do_broken(self, name, n):
        self.answer(503)

    def do_page(self, name, n):
        self.answer(body=b"<html>", content_type="text/html; charset=utf-8")

    def do_large(self, name, n):
        self.answer(body=BODY * 100)

    def do_endless(self, name, n):
        self.answer(body=BODY * 100, Content_Length=None)

    def do_cut(self, name, n):
        self.answer(body=BODY[:100], Content_Length=len(BODY))

    def do_empty(self, name, n):
        self.answer(body=b"")

    def do_loop(self, name, n):
        self.answer(302, b"", Location=f"/{name}")

    def do_moved(self, name, n):
        self.answer(302, b"", Location="/good-after-move")

    def do_away(self, name, n):
        self.answer(302, b"", Location=self.server.elsewhere + "/good-elsewhere")

    def do_local(self, name, n):
        self.answer(302, b"", Location="file:///etc/hostname")

    def do_malformed(self, name, n):
        self.answer(302, b"", Location="http://[::1")

    def do_superscript(self, name, n):
        self.answer(Content_Length="\u00b2")

    def do_someday(self, name, n):
        self.answer(503 if n == 1 else 200, Retry_After="Someday" if n == 1 else None)

    def do_silent(self, name, n):
        self.server.release.wait(10)

    def do_drip(self, name, n):
        self.send_response(200)
        self.send_header("Content-Type", "audio/mpeg")
        self.end_headers()
        for _ in range(3):
            self.wfile.write(BODY)

    def trickle(self, content):
        """Send a byte at a time, as long as anybody listens."""
        with contextlib.suppress(OSError):
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.server.release.wait(0.02)

    def do_header(self, name, n):
        self.trickle(b"HTTP/1.0 200 OK\r\nX-Long: " + BODY)

    def do_trickle(self, name, n):
        self.send_response(200)
        self.send_header("Content-Type", "audio/mpeg")
        self.end_headers()
        self.trickle(BODY)

    def do_later(self, name, n):
        self.answer(302, b"", Location="/good-later", Retry_After=86400)

    def do_flood(self, name, n):
        self.send_response(302)
        self.send_header("Location", "/good-after-flood")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.release.is_set():
                self.wfile.write(BODY * 100)

    def do_secret(self, name, n):
        query = parse_qs(urlsplit(self.path).query)
        key = self.headers.get("X-Key") or query.get("key", [""])[0]
        self.answer(200 if key.startswith("valid") else 401)

    def do_search(self, name, n):
        """Answer with what the service calls a song: "good-" and its title."""
        title = parse_qs(urlsplit(self.path).query)["title"][0]
        known = [] if title == "unknown" else [{"preview": f"good-{title}"}]
        self.answer(
            body=json.dumps({"tracks": known}).encode(),
            content_type="application/json",
        )

    def do_octets(self, name, n):
        self.answer(content_type="application/octet-stream")

    def log_message(self, *args):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Counts the connections."""

    connections = 0

    def process_request(self, *request):
        self.connections += 1
        super().process_request(*request)


def serve():
    server = Server(("127.0.0.1", 0), Handler)
    server.seen, server.requests = Counter(), []
    server.release = threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    return server


class Clock:
    """Time that passes by sleeping, and by ``step`` with each look at it."""

    def __init__(self, now=NOON, step=0.0):
        self.now, self.step, self.waits = now, step, []

    def __call__(self):
        self.now += self.step
        return self.now

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds
