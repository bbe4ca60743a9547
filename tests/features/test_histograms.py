"""Features of beat, pitch and energy: of sounds whose tempo, notes and level are known,
and beside librosa."""

import librosa
import numpy as np
import pytest

from sklearn_genre import BeatHistogram, LowEnergy, PitchHistogram
from sklearn_genre.features._numerics.beats import _HIGH, _LOW, octave_envelopes
from sklearn_genre.features._numerics.periods import (
    autocorrelation,
    enhanced,
    framed,
    highest_peaks,
)

RATE = 22050
FIFTHS = ["C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#", "F"]


def drums(tempo, seconds=10, level=0.02):
    """Bursts of noise at a tempo, over soft noise."""
    rng = np.random.default_rng(0)
    wave = level * rng.normal(size=seconds * RATE)
    burst = np.exp(-np.arange(2000) / 300)
    for start in np.arange(0, len(wave) - 2000, 60 / tempo * RATE).astype(int):
        wave[start : start + 2000] += rng.normal(size=2000) * burst
    return wave.astype(np.float32)


def note(midi, n_harmonics=6, seconds=2):
    t = np.arange(seconds * RATE) / RATE
    f = 440 * 2 ** ((midi - 69) / 12)
    wave = sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, n_harmonics + 1))
    return wave.astype(np.float32)


def beats(wave, **params):
    values = BeatHistogram(**params).fit_transform([(wave, RATE)])[0]
    names = BeatHistogram().get_feature_names_out()
    return dict(zip((n.removeprefix("beat_") for n in names), values, strict=True))


def pitches(wave, **params):
    values = PitchHistogram(**params).fit_transform([(wave, RATE)])[0]
    names = PitchHistogram().get_feature_names_out()
    return dict(zip((n.removeprefix("pitch_") for n in names), values, strict=True))


# -- beats -----------------------------------------------------------------------------
@pytest.mark.parametrize("tempo", [42, 60, 75, 100, 133, 180])
def test_tempo_of_drums(tempo):
    found = beats(drums(tempo))
    assert abs(found["tempo0"] - tempo) <= 1
    assert found["amplitude0"] > 0.9


def test_tempo_agrees_with_librosa():
    for tempo in (80, 110, 140):
        wave = drums(tempo)
        (theirs,) = librosa.feature.tempo(y=wave, sr=RATE)
        assert abs(beats(wave)["tempo0"] - theirs) < 0.06 * theirs


def test_two_tempos_have_two_peaks():
    found = beats(drums(100) + drums(139))
    assert sorted([found["tempo0"], found["tempo1"]]) == pytest.approx(
        [100, 139], abs=1
    )
    assert found["amplitude0"] >= found["amplitude1"] > 0.1
    assert found["ratio"] == pytest.approx(found["amplitude1"] / found["amplitude0"])


def test_beats_are_strong_where_there_are_some():
    noise = np.random.default_rng(1).normal(size=10 * RATE).astype(np.float32)
    assert beats(drums(120))["sum"] > 2 * beats(noise)["sum"]


def test_level_of_the_clip_has_no_effect():
    wave = drums(97)
    np.testing.assert_allclose(
        list(beats(wave).values()), list(beats(wave / 128).values()), rtol=1e-5
    )
    chord = note(60) + note(64)
    np.testing.assert_allclose(
        list(pitches(chord).values()), list(pitches(chord / 128).values()), rtol=1e-5
    )


def test_tempo_at_another_rate():
    (found,) = BeatHistogram(sample_rate=16000).fit_transform([(drums(90), RATE)])
    assert found[3] == 90


def test_wavelet_is_orthogonal_and_splits_octaves():
    np.testing.assert_allclose([_LOW @ _LOW, _HIGH @ _HIGH], 1)
    np.testing.assert_allclose(
        [_LOW @ _HIGH, _HIGH.sum(), _LOW[2:] @ _LOW[:2]], 0, atol=1e-12
    )
    # two vanishing moments: a straight line has no details
    np.testing.assert_allclose(_HIGH @ np.arange(4), 0, atol=1e-12)
    assert octave_envelopes(np.ones(1000)).shape == (63,)


# -- pitches ---------------------------------------------------------------------------
@pytest.mark.parametrize("n_harmonics", [1, 6])
@pytest.mark.parametrize("midi", [45, 52, 60, 69, 76, 88])
def test_note_of_tones(midi, n_harmonics):
    found = pitches(note(midi, n_harmonics))
    assert found["note"] == midi
    assert FIFTHS[int(found["class"])] == librosa.midi_to_note(
        midi, octave=False, unicode=False
    )


def test_class_agrees_with_chroma():
    for midi in range(57, 69):
        wave = note(midi)
        chroma = librosa.feature.chroma_stft(y=wave, sr=RATE, tuning=0).mean(axis=1)
        assert int(pitches(wave)["class"]) == 7 * int(chroma.argmax()) % 12


@pytest.mark.parametrize(("steps", "interval"), [(7, 1), (5, -1), (2, 2)])
def test_interval_on_the_circle_of_fifths(steps, interval):
    wave = np.concatenate([note(60, seconds=3), note(60 + steps, seconds=2)])
    found = pitches(wave)
    assert FIFTHS[int(found["class"])] == "C"
    assert found["interval"] == interval


def test_one_note_is_a_larger_share_than_three():
    alone = pitches(note(60))["amplitude"]
    tune = np.concatenate([note(60), note(62), note(64)])
    assert alone > 0.9 > 0.5 > pitches(tune)["amplitude"]


def test_noise_has_weak_notes():
    noise = np.random.default_rng(1).normal(size=2 * RATE).astype(np.float32)
    assert pitches(note(60))["sum"] > 2 * pitches(noise)["sum"]


# -- energy ----------------------------------------------------------------------------
def test_low_energy_is_the_share_below_the_mean(rng):
    wave = rng.normal(size=(9, 512)) * [[1], [1], [4], [1], [0], [0], [9], [1], [1]]
    levels = np.sqrt(np.mean(wave**2, axis=1))
    shares = [np.mean(levels[i : i + 4] < levels[i : i + 4].mean()) for i in range(6)]
    found = LowEnergy(n_frames=4).fit_transform(wave.reshape(1, -1).astype(np.float32))
    np.testing.assert_allclose(found, [[np.mean(shares)]], rtol=1e-6)


def test_pauses_have_low_energy():
    steady = np.sin(np.arange(RATE * 3) / 10)
    broken = steady * (np.arange(len(steady)) % RATE > 0.7 * RATE)
    found = LowEnergy().fit_transform(np.stack([steady, broken]).astype(np.float32))
    assert found[1, 0] == pytest.approx(0.7, abs=0.03)
    constant = LowEnergy().fit_transform(np.ones((1, 5120), dtype=np.float32))
    assert constant[0, 0] == 0


# -- all three -------------------------------------------------------------------------
ALL = BeatHistogram(), PitchHistogram(), LowEnergy()


@pytest.mark.parametrize("model", ALL, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("n_samples", [1, 100, 5000])
def test_short_and_silent_clips_have_features(model, n_samples):
    rng = np.random.default_rng(0)
    X = np.stack([rng.normal(size=n_samples), np.zeros(n_samples)])
    found = model.fit_transform(X.astype(np.float32))
    assert found.shape == (2, len(model.get_feature_names_out()))
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert not found[1].any()


@pytest.mark.parametrize("model", ALL, ids=lambda m: type(m).__name__)
def test_unequal_clips_make_one_table(model):
    clips = [drums(80, seconds=2), note(50)[:30000]]
    table = model.fit_transform([(clip, RATE) for clip in clips])
    alone = model.transform([(clips[1], RATE)])
    np.testing.assert_array_equal(table[1:], alone)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (BeatHistogram(win_length=20000), "win_length must be longer .* 33987"),
        (PitchHistogram(sample_rate=4000), "sample_rate >= 4186"),
        (PitchHistogram(n_fft=40), "n_fft >= 42"),
    ],
)
def test_windows_that_are_too_short_are_refused(model, why):
    with pytest.raises(ValueError, match=why):
        model.fit(np.zeros((1, 1000)))


# -- periods ---------------------------------------------------------------------------
def test_autocorrelation_by_its_definition(rng):
    x = rng.normal(size=(2, 50))
    full = [np.correlate(row, row, "full")[49:] for row in x]
    expected = np.array(full) / np.sum(x**2, axis=1, keepdims=True)
    np.testing.assert_allclose(autocorrelation(x), expected, atol=1e-12)
    assert not autocorrelation(np.zeros((1, 8))).any()


def test_enhancing_leaves_the_first_of_equal_peaks():
    lags = np.arange(200)
    pulse = sum(np.exp(-((lags - k * 40) ** 2) / 8) for k in range(1, 5))
    rest = enhanced(pulse[None], (2, 3))[0]
    assert rest[40] == 1
    assert rest[[80, 120]].max() < 1e-12
    np.testing.assert_allclose(rest[160], 0, atol=1e-12)  # twice 80


def test_peaks_lie_between_samples():
    lags = np.arange(60)
    parabolas = np.maximum(1 - (lags - 20.3) ** 2 / 9, 0) + 2 * np.maximum(
        1 - (lags - 40.8) ** 2 / 9, 0
    )
    found, heights = highest_peaks(parabolas[None], 2, 57, 3)
    order = np.argsort(-heights[0])
    np.testing.assert_allclose(found[0, order[:2]], [40.8, 20.3])
    assert heights[0, order[2]] == 0


def test_frames_cover_the_signal():
    np.testing.assert_array_equal(
        framed(np.arange(5.0), 4, 2), [[0, 1, 2, 3], [2, 3, 4, 0]]
    )
    assert framed(np.arange(2.0), 4, 2).shape == (1, 4)
