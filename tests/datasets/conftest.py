"""Fixtures of the tests of downloads."""

import pytest
from preview_server import Clock, serve

from sklearn_genre.datasets import fetch_previews


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = serve()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch(server, tmp_path):
    def run(tracks, *, clock=None, template="/{id}", **params):
        clock = clock or Clock()
        params = {"min_interval": 0, **params}
        return fetch_previews(
            tracks,
            server.url + template,
            tmp_path / "out",
            clock=clock,
            sleep=clock.sleep,
            **params,
        )

    return run
