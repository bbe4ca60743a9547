"""The network of musicnn and its front end, against the authors' own."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sklearn_genre.audio._kaiser_best import kaiser_best
from sklearn_genre.embedding import MusicnnEmbedding, MusicnnSpectrogram, taggram
from sklearn_genre.embedding._musicnn import cut
from sklearn_genre.embedding._spectrogram import RATE, mel_blocks
from sklearn_genre.neural import musicnn_network

HERE = Path(__file__).parent
MODELS = ("msd", "mtt")


@pytest.fixture(scope="module")
def song():
    """Nine seconds of chords, a sweep, drums and noise at 16 kHz."""
    t = np.arange(9 * RATE) / RATE
    wave = np.zeros_like(t)
    for k, frequency in enumerate((220.0, 277.2, 329.6, 440.0)):
        swell = 0.5 + 0.5 * np.sin(2 * np.pi * (0.5 + 0.25 * k) * t)
        wave += 0.12 * np.sin(2 * np.pi * frequency * t) * swell
    wave += 0.1 * np.sin(2 * np.pi * (100 * t + 400 * t**2))
    noise = np.random.RandomState(0).uniform(-1, 1, len(t))
    wave += 0.3 * noise * np.exp(-30 * (t % 0.5)) + 0.002 * noise
    return wave.astype(np.float32)


@pytest.fixture(scope="module")
def published():
    """Layers of the authors' networks for that song: musicnn 0.1.0, TensorFlow 2.21.

    Of the layers with a value per frame every 31st frame and every 17th channel.
    """
    with np.load(HERE / "musicnn_tensorflow.npz") as arrays:
        return dict(arrays)


# largest difference of a layer, whose values reach 75
TOLERANCE = {
    "taggram": 2e-6,
    "timbral": 5e-5,
    "temporal": 2e-5,
    "cnn1": 1e-5,
    "cnn2": 1e-4,
    "cnn3": 3e-4,
    "mean_pool": 3e-5,
    "max_pool": 5e-4,
    "penultimate": 2e-5,
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("layer", TOLERANCE)
def test_layers_are_those_of_the_authors(song, published, model, layer):
    windows = np.stack([*cut(mel_blocks([song]), 187)])
    with torch.inference_mode():
        found = musicnn_network(model, "cpu").layers(torch.from_numpy(windows))
    found["taggram"] = found["logits"].sigmoid()
    ours, theirs = found[layer].numpy(), published[f"{model}_{layer}"]
    if ours.ndim == 3:
        ours = ours.transpose(0, 2, 1)[:, ::31, ::17]
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < TOLERANCE[layer]


@pytest.mark.parametrize("layer", ["taggram", "penultimate", "mean_pool", "max_pool"])
@pytest.mark.parametrize("model", MODELS)
def test_embedding_is_the_layer(song, published, model, layer):
    embedding = MusicnnEmbedding(model=model, layer=layer, pooling=None, hop=3.0)
    rows = embedding.fit_transform([song])[0].T
    # 3 s are 187.5 frames; the windows of the authors are 187 apart, as ours
    expected = published[f"{model}_{layer}"]
    assert np.abs(rows - expected).max() < TOLERANCE[layer]
    means = MusicnnEmbedding(model=model, layer=layer).fit_transform([song])
    np.testing.assert_allclose(means[0], rows.mean(axis=0), rtol=1e-5, atol=1e-6)


def test_levels_are_made_equal_by_the_peak(song):
    """Of the song, or of what is heard of it."""
    copies = [gain * song for gain in (0.01, 0.5, 3.0)]
    for transformer in (MusicnnSpectrogram, MusicnnEmbedding):
        found = transformer(normalize="peak").transform(copies)
        np.testing.assert_allclose(found[0], found[2], atol=1e-4)
        alone = transformer().transform([song / np.abs(song).max()])[0]
        np.testing.assert_allclose(found[1], alone, atol=1e-4)
        plain = transformer().transform(copies)
        assert np.abs(plain[0] - plain[2]).max() > 0.01
    rows = {"n_excerpts": 2, "duration": 2.0}
    last = np.where(np.arange(len(song)) < 6 * RATE, song, 0.1 * song)
    (both,) = MusicnnSpectrogram(normalize="peak", **rows).transform([last])
    heard = np.concatenate([last[: 2 * RATE], last[-2 * RATE :]])
    (expected,) = MusicnnSpectrogram().transform([heard / np.abs(heard).max()])
    np.testing.assert_allclose(both[:, :120], expected[:, :120], atol=1e-4)
    np.testing.assert_allclose(both[:, -120:], expected[:, -120:], atol=1e-4)


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_silence_stays_silence(rng, level):
    wave = (level * rng.uniform(-1, 1, 4 * RATE)).astype(np.float32)
    plain, leveled = (
        MusicnnEmbedding(normalize=n).transform([wave]) for n in (None, "peak")
    )
    np.testing.assert_array_equal(plain, leveled)


def test_levels_are_part_of_the_key_of_the_cache(song, tmp_path):
    found = [
        MusicnnSpectrogram(normalize=n, cache=tmp_path / "kept").transform([0.1 * song])
        for n in (None, "peak")
    ]
    assert np.abs(found[0] - found[1]).max() > 0.1


def test_spectrogram_is_that_of_librosa(song):
    import librosa

    S = librosa.feature.melspectrogram(
        y=song, sr=RATE, n_fft=512, hop_length=256, n_mels=96, pad_mode="reflect"
    )
    found = MusicnnSpectrogram().fit_transform([song])[0]
    np.testing.assert_allclose(found, np.log10(10000 * S + 1), atol=2e-5)


def test_loud_bands_do_not_overflow(song):
    """Half precision, as in the authors' code, holds no power above 6.55."""
    loud = MusicnnSpectrogram().fit_transform([3 * song])
    assert loud.max() > np.log10(65504)
    assert np.isfinite(loud).all()


@pytest.mark.parametrize("rate", [44100, 48000, 22050, 8000])
def test_resampler_is_that_of_resampy(rate):
    """Of resampy 0.2.2: every third of 1,500 samples."""
    known = np.load(HERE / "kaiser_best_resampy.npz")[str(rate)]
    generator = np.random.RandomState(0)
    for other in (44100, 48000, 22050, 8000):
        noise = generator.uniform(-1, 1, other // 4).astype(np.float32)
        if other == rate:
            break
    found = np.concatenate([*kaiser_best([noise], rate, RATE)])[:1500:3]
    # where an output falls on a sample, resampy's clock may be just before it
    assert np.abs(found - known).max() < 3e-3
    assert np.sqrt(np.mean((found - known) ** 2)) < 2e-4


@pytest.mark.parametrize("rate", [44100, 22050, 8000, 44099])
@pytest.mark.parametrize("n_blocks", [2, 7, 500])
def test_resampling_block_by_block(rng, rate, n_blocks):
    noise = rng.uniform(-1, 1, 9000).astype(np.float32)
    whole = np.concatenate([*kaiser_best([noise], rate, RATE)])
    parts = np.array_split(noise, n_blocks)
    joined = np.concatenate([*kaiser_best(parts, rate, RATE)])
    assert len(whole) == int(9000 * RATE / rate + 0.5)
    np.testing.assert_allclose(joined, whole, atol=1e-6)


def test_the_resampler_falls_off_where_the_training_did(rng):
    """Amplitudes of resampy 0.2.2; soxr passes 0.50 and 0.48 of these tones of 0.5."""
    t = np.arange(44100) / 44100
    for frequency, amplitude in ((7000, 0.50), (7500, 0.32)):
        tone = (0.5 * np.sin(2 * np.pi * frequency * t)).astype(np.float32)
        found = np.concatenate([*kaiser_best([tone], 44100, RATE)])
        assert np.abs(found[4000:12000]).max() == pytest.approx(amplitude, abs=0.01)


@pytest.mark.parametrize("n_samples", [257, 1000, 4096 * 256 + 512, 2 * 4096 * 256])
def test_bands_block_by_block(rng, n_samples):
    noise = rng.uniform(-1, 1, n_samples).astype(np.float32)
    whole = np.concatenate([*mel_blocks([noise])], axis=1)
    parts = np.concatenate([*mel_blocks(np.array_split(noise, 7))], axis=1)
    assert whole.shape == (96, 1 + n_samples // 256)
    np.testing.assert_array_equal(whole, parts)


@pytest.mark.parametrize("hop", [1, 61, 187, 300])
@pytest.mark.parametrize("n_blocks", [1, 3, 50])
def test_windows_of_blocks(rng, hop, n_blocks):
    X = rng.normal(size=(3, 1000))
    windows = np.stack([*cut(np.array_split(X, n_blocks, axis=1), hop)])
    expected = [X[:, first : first + 187] for first in range(0, 1000 - 186, hop)]
    np.testing.assert_array_equal(windows, expected)


def test_short_clips_are_repeated(rng):
    second = rng.uniform(-0.3, 0.3, RATE).astype(np.float32)
    found, repeated = MusicnnEmbedding().fit_transform([second, np.tile(second, 3)])
    np.testing.assert_allclose(found, repeated, atol=0.05)
    assert MusicnnEmbedding().fit_transform([second[:1]]).shape == (1, 50)


def test_pooling_and_layers(song):
    layers = ("penultimate", "taggram")
    windows = MusicnnEmbedding(layer=layers, pooling=None).fit_transform([song])[0]
    assert windows.shape == (250, 3)
    for pooling, expected in {
        "mean": windows.mean(axis=1),
        "max": windows.max(axis=1),
        "mean_std": np.concatenate([windows.mean(axis=1), windows.std(axis=1)]),
    }.items():
        embedding = MusicnnEmbedding(layer=layers, pooling=pooling)
        found = embedding.fit_transform([song])[0]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_penultimate_differs_between_windows(song):
    """In the authors' code all windows but the first were those of the first."""
    rows = MusicnnEmbedding(layer="penultimate", pooling=None).fit_transform([song])[0]
    assert np.abs(rows[:, 0] - rows[:, 1]).max() > 0.01


def test_rows_keep_their_order_and_do_not_depend_on_others(song, rng):
    noise = rng.uniform(-0.3, 0.3, 4 * RATE).astype(np.float32)
    both = MusicnnEmbedding(n_jobs=2).fit_transform([song, noise])
    alone = [MusicnnEmbedding().fit_transform([clip])[0] for clip in (song, noise)]
    np.testing.assert_array_equal(both, alone)


def test_taggram_is_the_embedding_over_time(song):
    found = taggram((song, RATE), hop=1.0)
    rows = MusicnnEmbedding(pooling=None, hop=1.0).fit_transform([song])[0].T
    np.testing.assert_allclose(found.values, rows, atol=1e-6)
    assert found.values.shape == (len(found.times), len(found.tags))
    np.testing.assert_allclose(np.diff(found.times), 0.992)
    mean = found.values.mean(axis=0)
    assert found.top(2)[0] == (found.tags[mean.argmax()], pytest.approx(mean.max()))


def test_taggram_streams(song, monkeypatch):
    """A long song is never held as a whole."""
    from sklearn_genre.audio import Song

    monkeypatch.setattr(Song, "wave", None)
    assert taggram((song, RATE)).values.shape == (3, 50)


@pytest.mark.parametrize("bad", [{"model": "big"}, {"hop": 0}, {"device": 3}])
def test_bad_parameters_are_named(song, bad):
    (name,) = bad
    with pytest.raises((ValueError, TypeError), match=name):
        taggram((song, RATE), **bad)
    with pytest.raises((ValueError, TypeError), match=name):
        MusicnnEmbedding(**bad).fit([song])


def test_real_recordings(data_dir):
    """Tags that anybody would give, and those that the authors published."""
    folder = data_dir / "free_audio"
    trumpet = next(folder.glob("*trumpet*.ogg"))
    strings = next(folder.glob("*string_orchestra*.ogg"))
    assert taggram(trumpet).top(1)[0][0] == "jazz"
    assert taggram(strings, model="mtt").top(1)[0][0] == "classical"


def test_the_published_taggrams_of_gtzan(data_dir):
    """Computed by the authors in 2019; their windows are 61 frames apart."""
    clips = {path.stem: path for path in (data_dir / "gtzan" / "clips").rglob("*.*")}
    embedding, n_found = MusicnnEmbedding(pooling=None, hop=0.976), 0
    for file in sorted((data_dir / "gtzan" / "musicnn_taggrams").glob("*.npz")):
        with np.load(file) as known:
            names = np.array([Path(str(name)).stem for name in known["IDS"]])
            for name in sorted({*names} & {*clips})[:3]:
                rows = embedding.fit_transform([clips[name]])[0].T
                assert np.abs(rows - known["X"][names == name]).max() < 2e-4
                n_found += 1
    assert n_found >= 4


def test_constant_maps_are_constant_whatever_the_length(rng):
    waves = [rng.uniform(-0.3, 0.3, n * 48_000).astype("f4") for n in (1, 2, 3, 5)]
    rows = MusicnnEmbedding(layer="mean_pool").transform(waves + [w / 9 for w in waves])
    # what scaling to unit variance would make of the last bits of a constant
    scale = np.maximum(np.abs(rows).max(axis=0), 1e-6)
    spread = rows.std(axis=0, dtype=float) / scale
    assert not ((spread > 0) & (spread < 1e-5)).any()
    assert (spread == 0).sum() > 300
