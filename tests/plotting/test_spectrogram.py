"""Spectrograms: seconds and Hz where they belong, slices, grids, errors."""

import ast
import re
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers import ROOT
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    MFCC,
    BandScaler,
    FixedLength,
    MelSpectrogram,
    MusicnnSpectrogram,
    Slicer,
    Spectrogram,
    SummaryStats,
    Waveform,
)
from sklearn_genre.plotting import SpectrogramDisplay
from sklearn_genre.plotting._canvas import clock, styles, thinned

RATE = 8000
SMALL = dict(sample_rate=RATE, n_fft=512, hop_length=256)


def tone(hz, *, on=1.0, off=2.0, seconds=3.0):
    """A tone between two times."""
    t = np.arange(int(seconds * RATE)) / RATE
    return 0.5 * np.sin(2 * np.pi * hz * t) * ((t >= on) & (t < off))


def loudest(display):
    """Time and frequency of the middle of the loudest rectangle."""
    mesh = display.meshes_[0]
    corners = mesh.get_coordinates()
    middle = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    values = np.asarray(mesh.get_array())
    # over time and bands on their own: a tone has one band and many frames
    band = values.mean(axis=1).argmax()
    frames = np.flatnonzero(values[band] > values[band].max() - 3)
    return middle[band, frames, 0], middle[band, 0, 1]


@pytest.mark.parametrize(
    "transformer",
    [
        Spectrogram(**SMALL),
        Spectrogram(**SMALL, center=False),
        MelSpectrogram(**SMALL, n_mels=40),
        MelSpectrogram(**SMALL, n_mels=40, htk=True, fmin=200, fmax=3000),
    ],
    ids=["bins", "not centered", "mel", "htk"],
)
def test_a_tone_is_where_it_was_played(transformer):
    display = SpectrogramDisplay.from_estimator(transformer, [tone(1000)])
    times, hz = loudest(display)
    assert abs(hz - 1000) < 80
    assert abs(times.min() - 1.0) < 0.06
    assert abs(times.max() - 2.0) < 0.06
    ax = display.ax_
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Time (s)", "Frequency (Hz)")
    assert ax.get_xlim()[0] >= 0
    assert abs(ax.get_xlim()[1] - 3) < 0.06


def test_musicnn_spectrograms_have_their_own_rate():
    display = SpectrogramDisplay.from_path(
        (tone(1000), RATE), estimator=MusicnnSpectrogram()
    )
    times, hz = loudest(display)
    assert abs(hz - 1000) < 80
    assert abs(times.min() - 1.0) < 0.06
    assert display.colorbar_.ax.get_ylabel() == "log10(10000 S + 1)"


def test_offset_and_excerpts():
    shifted = MelSpectrogram(**SMALL, n_mels=40, offset=0.5, duration=2.0)
    display = SpectrogramDisplay.from_estimator(shifted, [tone(1000)])
    times, _ = loudest(display)
    assert abs(times.min() - 1.0) < 0.06
    np.testing.assert_allclose(display.ax_.get_xlim(), [0.5, 2.5], atol=0.06)
    joined = MelSpectrogram(**SMALL, n_mels=40, n_excerpts=2, duration=0.5)
    display = SpectrogramDisplay.from_estimator(joined, [tone(1000)])
    assert display.ax_.get_xlabel() == "Time in the excerpts (s)"


def test_a_grid_has_the_first_song_of_each_genre():
    songs = [tone(500), tone(700, seconds=2.5), tone(900)]
    display = SpectrogramDisplay.from_estimator(
        MelSpectrogram(**SMALL, n_mels=40), songs, y=["rock", "jazz", "rock"]
    )
    assert [ax.get_title() for ax in display.ax_] == ["jazz", "rock"]
    assert len(display.meshes_) == 2
    assert len({mesh.get_clim() for mesh in display.meshes_}) == 1
    assert len({ax.get_xlim() for ax in display.ax_}) == 1
    assert abs(display.ax_[0].get_xlim()[1] - 3) < 0.06, "all of the longest"


def test_slices_are_marked():
    mel = MelSpectrogram(**SMALL, n_mels=40)
    rate = RATE / 256
    slicer = Slicer(slice_length=1.0, hop_length=0.5, frame_rate=rate)
    for model in (
        make_pipeline(mel, slicer),
        make_pipeline(make_pipeline(mel), BandScaler(), slicer, SummaryStats()),
    ):
        ax = SpectrogramDisplay.from_estimator(model, [tone(1000)]).ax_
        spans = [(mark.xy[0], mark.xyann[0]) for mark in ax.texts]
        assert len(spans) == 4
        np.testing.assert_allclose([s[0] for s in spans], np.arange(4) / 2, atol=0.05)
        np.testing.assert_allclose([b - a for a, b in spans], 1, atol=0.05)
    other = make_pipeline(mel, FixedLength(n_frames=50), slicer)
    assert not SpectrogramDisplay.from_estimator(other, [tone(1000)]).ax_.texts


def test_a_fitted_model_stays_as_it_was():
    model = make_pipeline(MelSpectrogram(**SMALL, n_mels=40), Slicer(n_slices=2))
    model.fit([tone(1000)])
    SpectrogramDisplay.from_estimator(model, [tone(500)])
    assert model[1].n_features_in_ == 40


def test_axes_are_used():
    _, ax = plt.subplots()
    mel = MelSpectrogram(**SMALL, n_mels=40)
    display = SpectrogramDisplay.from_estimator(mel, [tone(1000)], ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    with pytest.raises(ValueError, match="ax must hold 2 axes, got 1"):
        SpectrogramDisplay.from_estimator(mel, [tone(1000), tone(500)], ax=ax)


def test_the_file_is_the_title(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "waltz.wav", tone(1000), RATE)
    display = SpectrogramDisplay.from_path(tmp_path / "waltz.wav")
    assert display.ax_.get_title() == "waltz.wav"
    assert display.colorbar_.ax.get_ylabel() == "Level (dB)"


def test_rows_that_are_no_frequencies_are_counted():
    display = SpectrogramDisplay.from_estimator(MFCC(**SMALL, n_mels=40), [tone(500)])
    assert display.ax_.get_ylabel() == "Coefficient"
    assert {t.get_text() for t in display.ax_.get_yticklabels()} >= {"0", "10"}


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Waveform(), "Waveform has no frames with known times"),
        (Slicer(), "needs an audio transformer at the start.* got Slicer"),
        (make_pipeline(Slicer()), "needs an audio transformer"),
    ],
)
def test_what_has_no_frames_is_refused(model, words):
    with pytest.raises(TypeError, match=words):
        SpectrogramDisplay.from_estimator(model, [tone(500)])


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    words = re.escape('Displays need matplotlib: pip install "sklearn-genre[plot]"')
    with pytest.raises(ImportError, match=words):
        SpectrogramDisplay.from_path("not read")


def test_matplotlib_is_imported_by_functions_of_the_rooms_that_draw():
    for path in (ROOT / "sklearn_genre").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        lines = [line for line in ast.walk(tree) if imports(line, "matplotlib")]
        assert not lines or path.parent.name in ("plotting", "demo"), path
        assert not [line for line in tree.body if line in lines], path


def imports(line, name):
    """Whether a line of code imports a package or something in it."""
    known = isinstance(line, ast.Import | ast.ImportFrom) and not getattr(
        line, "level", 0
    )
    if not known:
        return False
    names = (
        [a.name for a in line.names] if isinstance(line, ast.Import) else [line.module]
    )
    return any(one.partition(".")[0] == name for one in names)


# -- what displays share -----------------------------------------------------------
def test_clock():
    assert [clock(t, 200) for t in (0, 59, 65, 3599)] == [
        "0:00",
        "0:59",
        "1:05",
        "59:59",
    ]
    assert clock(1.5, 200) == "0:01.5"
    assert clock(7389, 9000) == "2:03:09"


def test_styles_are_all_different_and_start_with_blue():
    assert [len(set(styles(n))) for n in (7, 10, 50)] == [7, 10, 50]
    assert len({color for color, _ in styles(10)}) == 10
    assert styles(1) == [("#0072B2", "o")]


def test_thinning_keeps_the_mean_of_columns():
    values = np.arange(20.0).reshape(2, 10)
    thin, width = thinned(values, most=4)
    assert width == 3
    np.testing.assert_allclose(thin[0], [1, 4, 7, 9])
    same, width = thinned(values, most=10)
    assert (same is values, width) == (True, 1)
