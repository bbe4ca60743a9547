"""The demo page itself, which needs Gradio."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from helpers import within
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from sklearn_genre import MelSpectrogram, SummaryStats, make_genre_audio, save_model
from sklearn_genre.cli import main
from sklearn_genre.demo import serve


def test_without_gradio_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["demo", "gtzan"]) == 2
    assert "pip install 'sklearn-genre[demo]'" in capsys.readouterr().err


@pytest.fixture(scope="module")
def model():
    made = make_genre_audio(2, genres=["dub", "waltz"], duration=2.0, random_state=0)
    front = MelSpectrogram(n_mels=16, duration=2.0)
    model = make_pipeline(front, SummaryStats(), LogisticRegression())
    return model.fit(list(made.audio), made.target)


def test_models_that_hear_no_songs(model):
    pytest.importorskip("gradio")
    with pytest.raises(ValueError, match="does not take songs"):
        serve(GaussianNB().fit([[0.0], [1.0]], ["dub", "waltz"]))
    with pytest.raises(ValueError, match="with probabilities"):
        serve(LinearSVC())
    with pytest.raises(ValueError, match="port"):
        serve(model, port=0)


@pytest.fixture
def served(model, tmp_path):
    """The command as a user starts it, and the address that it prints."""
    pytest.importorskip("gradio")
    save_model(model, tmp_path / "mine.skops")
    process = subprocess.Popen(
        [sys.executable, "-m", "sklearn_genre", "demo", str(tmp_path / "mine.skops")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # tests may run where Ctrl-C is ignored, as in a job in the background
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    line = within(120, process.stdout.readline)
    try:
        yield process, line.split()[1]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_the_page_is_served_here_alone(served):
    """It reports nothing, answers under no other name, and forbids other hosts."""
    process, address = served
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address) as response:
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    with urllib.request.urlopen(address + "config") as response:
        config = json.load(response)
    assert config["analytics_enabled"] is False
    assert config["title"] == "sklearn-genre: mine.skops"
    elsewhere = urllib.request.Request(address, headers={"Host": "evil.org"})
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        urllib.request.urlopen(elsewhere)
    refused.value.close()
    process.send_signal(signal.SIGINT)
    _, err = within(60, process.communicate)
    assert (process.returncode, err) == (0, "")
