"""Reports as pages of HTML."""

import base64
import functools
import http.server
import io
import os
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser

import numpy as np
import pytest
from helpers import write_wav
from PIL import Image
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from sklearn.utils import Bunch

from sklearn_genre import audit, evaluate
from sklearn_genre.embedding import Taggram
from sklearn_genre.evaluation import TagReport
from sklearn_genre.evaluation._reports._strips import strips

EVIL = "<script>alert(1)</script>"
VOID = {"meta", "link", "img"}


class Page(HTMLParser):
    """What a page holds; that its tags are closed in order is asserted on the way."""

    def __init__(self, path):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.source = path.read_text("utf-8")
        self.feed(self.source)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data.strip())

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(filter(None, self.texts))


def assert_asks_for_nothing(page):
    links = [a[key] for _, a in page.tags for key in ("src", "href") if key in a]
    assert links
    for link in links:
        assert link.startswith(("#", "data:")) or link.endswith(".wav"), link
    assert not page.all("script")
    assert "url(" not in page.source
    assert "@import" not in page.source
    policy = next(a for a in page.all("meta") if "http-equiv" in a)["content"]
    assert policy.startswith("default-src 'none'")


@pytest.fixture
def songs(rng, tmp_path):
    """24 files of 6 artists, one with an odd name, and features that tell little."""
    artist = np.repeat(np.arange(6), 4)
    y = np.where(artist % 2, "jazz", "r&b")
    names = [f"song {i}.wav" for i in range(24)]
    names[3] = "a<b>&.wav"
    folder = tmp_path / "songs"
    folder.mkdir()
    paths = [str(folder / name) for name in names]
    for i, path in enumerate(paths):
        write_wav(path, i)
    X = rng.normal(size=(24, 3)) + 0.3 * (artist % 2)[:, None]
    return Bunch(data=X, target=y, groups=artist, paths=paths)


def test_page_of_genres(songs, tmp_path):
    report = evaluate(GaussianNB(), songs, n_splits=3)
    path = tmp_path / "reports" / "page.html"
    path.parent.mkdir()
    report.to_html(path, n_errors=30)
    page = Page(path)
    assert_asks_for_nothing(page)
    for part in (
        "Accuracy, 3-fold by artist",
        f"{report.scores['accuracy']:.3f}",
        f"{report.chance['accuracy']:.3f}",
        "Always answering the most frequent genre",
        "no model has heard the artists",
        "bootstrap over 6 groups",
        "Most confused: jazz and r&b",
        "Expected calibration error",
        "No leak found in what was checked.",
        "Not checked: near duplicates",
        "other versions of a song",
    ):
        assert part in page.text, part
    wrong = report.rows[report.y_true != report.y_pred]
    assert len(page.all("audio")) == len(page.all("article")) == len(wrong)
    assert len(page.all("img")) == len(wrong)
    assert all(a["src"].startswith("../songs/") for a in page.all("audio"))
    assert all(a["preload"] == "none" for a in page.all("audio"))
    assert all(a["alt"].startswith("Spectrogram of") for a in page.all("img"))
    wide = [a for a in page.all("div") if a.get("class") == "scroll"]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in wide)


def test_the_surest_errors_come_first(songs, tmp_path):
    report = evaluate(GaussianNB(), songs, n_splits=3)
    wrong = np.flatnonzero(report.y_true != report.y_pred)
    sure = report.proba[wrong].max(axis=1)
    report.to_html(tmp_path / "page.html", n_errors=2)
    order = wrong[np.argsort(-sure)][:2]
    shown = [a["aria-label"] for a in Page(tmp_path / "page.html").all("audio")]
    assert shown == [os.path.basename(report.paths[i]) for i in order]


def test_a_song_answered_often_is_shown_once(songs, tmp_path):
    report = evaluate(GaussianNB(), songs, protocol="repeated", n_splits=3)
    report.to_html(tmp_path / "page.html", n_errors=100)
    shown = [a["aria-label"] for a in Page(tmp_path / "page.html").all("audio")]
    assert len(shown) == len(set(shown))


def test_page_without_probabilities_and_files(music, tmp_path):
    report = evaluate(SVC(), music)
    report.to_html(tmp_path / "page.html", title="My songs")
    page = Page(tmp_path / "page.html")
    assert "My songs" in page.text
    assert "the model gives no probabilities" in page.text
    assert not page.all("audio")
    assert not page.all("img")
    assert len(page.all("article")) == 12


def test_page_of_a_perfect_model(tmp_path):
    X = np.arange(40.0)[:, None] % 2
    report = evaluate(GaussianNB(), X, X[:, 0].astype(int), protocol="random")
    report.to_html(tmp_path / "page.html")
    assert "No answer is wrong." in Page(tmp_path / "page.html").text


def test_leaks_are_shown(songs, tmp_path):
    report = evaluate(GaussianNB(), songs, protocol="random", n_splits=3)
    report.to_html(tmp_path / "page.html", n_errors=0)
    page = Page(tmp_path / "page.html")
    assert "this score is too high" in page.text
    assert "LEAK: 100.0% of test rows have their artist" in page.text
    assert not page.all("article")


def test_spectrograms_that_are_given(music, tmp_path):
    report = evaluate(GaussianNB(), music)
    report.to_html(tmp_path / "a.html", clips=np.ones((120, 8, 20)), n_errors=3)
    assert len(Page(tmp_path / "a.html").all("img")) == 3
    report.to_html(tmp_path / "b.html", clips=[np.ones((2, 8, 20))] * 120, n_errors=3)
    assert {a["width"] for a in Page(tmp_path / "b.html").all("img")} == {"40"}


def test_a_file_that_cannot_be_read_is_said(songs, tmp_path):
    report = evaluate(GaussianNB(), songs, n_splits=3)
    for path in songs.paths:
        with open(path, "wb") as file:
            file.write(b"no audio")
    report.to_html(tmp_path / "page.html", n_errors=2)
    page = Page(tmp_path / "page.html")
    assert page.text.count("No spectrogram:") == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_are_escaped(songs, tmp_path):
    songs.target = np.where(songs.target == "jazz", EVIL, 'r"&b')
    odd = os.fsdecode(b"caf\xe9" + EVIL.replace("/", "|").encode())
    songs.paths = [f"{odd} {i}.wav" for i in range(24)]
    songs.groups = [f"{EVIL}{i}" for i in songs.groups]
    for protocol in ("random", "artist"):
        report = evaluate(GaussianNB(), songs, protocol=protocol, n_splits=3)
        report.to_html(tmp_path / "page.html", title=EVIL)
        page = Page(tmp_path / "page.html")
        assert not page.all("script")
        assert EVIL in page.text
        assert r"caf\xe9" in page.text
        assert "<script" not in report._repr_html_()


@pytest.fixture
def tagged(songs, rng):
    songs.target = np.eye(4, dtype=int)[rng.integers(4, size=24)]
    songs.target_names = ["slow", EVIL, "loud", "rock"]
    return songs


def test_page_of_tags(tagged, tmp_path):
    model = MultiOutputClassifier(LogisticRegression())
    report = evaluate(model, tagged, n_splits=3, n_bootstrap=50)
    report.to_html(tmp_path / "page.html", n_errors=5)
    page = Page(tmp_path / "page.html")
    assert_asks_for_nothing(page)
    for part in (
        "Macro ROC-AUC, 3-fold by artist",
        "Guessing would reach 0.500",
        "pairs of song and tag",
        "Scores of each tag",
        EVIL,
        "Not checked:",
    ):
        assert part in page.text, part
    assert len(page.all("audio")) == 5
    worst = np.abs(report.proba - report.y_true) * (report.y_true != report.y_pred)
    first = report.paths[worst.max(axis=1).argmax()]
    assert page.all("audio")[0]["aria-label"] == os.path.basename(first)


def test_page_of_answers_alone(tmp_path):
    y = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    TagReport(y, 5 * y - 2.0).to_html(tmp_path / "page.html")
    page = Page(tmp_path / "page.html")
    assert "The scores are not probabilities" in page.text
    assert "Nothing was checked" in page.text
    assert "How the songs were split is not known" in page.text


def test_page_of_an_audit(songs, tmp_path):
    report = audit(songs, near_duplicates=False)
    report.to_html(tmp_path / "page.html")
    page = Page(tmp_path / "page.html")
    assert_asks_for_nothing(page)
    assert report._headline() in page.text
    assert "a<b>&.wav" in page.text


def heard(song, n_windows=3):
    """A genre that is sure in the second of some windows, and another one."""
    values = np.zeros((n_windows, 2))
    values[1:2, 0] = 1.0
    times = np.arange(n_windows) * 0.1
    return Taggram(times, ("jazz", "polka"), values), 0.2


def test_genres_over_time(songs, tmp_path):
    report = evaluate(GaussianNB(), songs, n_splits=3)
    report.to_html(tmp_path / "page.html", n_errors=4, over_time=heard)
    page = Page(tmp_path / "page.html")
    drawn = [a for a in page.all("img") if "over time" in a["alt"]]
    assert [a["alt"] for a in drawn] == ["jazz over time, from 0.00 to 1.00"] * 4
    assert "from 0 (dark) to 1 (light)" in page.text
    # what was heard are 0.4 of 0.5 s
    assert {a["style"] for a in drawn} == {"width:80.0%"}
    assert_asks_for_nothing(page)
    assert len(page.all("article")) == 4


def test_windows_that_overlap_meet_in_the_middle():
    (strip,) = strips("song", 0.4, heard, ["jazz", "rock"])
    with Image.open(io.BytesIO(base64.b64decode(strip["source"].split(",")[1]))) as png:
        sure = np.flatnonzero(np.asarray(png)[0])
    # from halfway between the middles of the first two windows, at 0.1 and 0.2 s
    assert (sure[0] / 240, sure[-1] / 240) == pytest.approx(
        (0.15 / 0.4, 0.25 / 0.4), abs=0.01
    )


def test_without_time_there_are_no_strips(songs, music, tmp_path):
    report = evaluate(GaussianNB(), music)
    path = tmp_path / "page.html"
    report.to_html(path, clips=np.ones((120, 8, 20)), n_errors=2, over_time=heard)
    assert "over time" not in Page(path).text
    once = functools.partial(heard, n_windows=1)
    evaluate(GaussianNB(), songs, n_splits=3).to_html(path, over_time=once)
    assert "over time" not in Page(path).text


def test_tags_over_time(tagged, tmp_path):
    model = MultiOutputClassifier(LogisticRegression())
    report = evaluate(model, tagged, n_splits=3, n_bootstrap=0)

    def tags_of(song):
        return Taggram(np.array([0.0, 0.2]), ("slow", "loud"), np.eye(2))

    report.to_html(tmp_path / "page.html", n_errors=5, over_time=tags_of)
    alts = " ".join(a["alt"] for a in Page(tmp_path / "page.html").all("img"))
    assert "slow over time, from 0.00 to 1.00" in alts
    assert "rock over time" not in alts


def test_no_page_is_left_by_an_error(music, tmp_path):
    report = evaluate(DummyClassifier(), music)
    with pytest.raises(ValueError, match="n_errors"):
        report.to_html(tmp_path / "page.html", n_errors=-1)
    with pytest.raises(OSError, match="no folder"):
        report.to_html(tmp_path / "no folder" / "page.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_browser_has_nothing_to_say(songs, tmp_path):
    """No message in the console, and no request beside that for the page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    evaluate(GaussianNB(), songs, n_splits=3).to_html(tmp_path / "page.html")
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, form, *args):
            asked.append(self.path)

    serve = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=tmp_path)
    )
    threading.Thread(target=serve.serve_forever, daemon=True).start()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    options += [f"--user-data-dir={tmp_path / 'user'}", "--dump-dom"]
    url = f"http://127.0.0.1:{serve.server_port}/page.html"
    run = subprocess.run(
        [chromium, *options, url], capture_output=True, text=True, timeout=120
    )
    serve.shutdown()
    serve.server_close()
    assert run.stdout.count("<article>") > 3
    assert not re.findall(r".*CONSOLE.*", run.stderr)
    assert asked == ["/page.html"]
