"""Values of the spectral transformers, against librosa and published images."""

import librosa
import numpy as np
import pytest
import soundfile
from helpers import SIGNALS

from sklearn_genre import (
    MFCC,
    AudioError,
    FrameDescriptors,
    MelSpectrogram,
    Spectrogram,
)
from sklearn_genre.features._numerics.frames import n_samples_needed
from sklearn_genre.features._numerics.stft import spectral_features

RATE = 22050

# float32 arithmetic against librosa's float64 Fourier transform, in dB. Errors are
# relative to the loudest bin, so they show at the floor, 80 dB below
MEL_DB, SPECTRUM_DB, CEPSTRUM = 0.005, 0.02, 0.005
LINEAR = 1e-6  # of the largest value

FRAMES = {
    "default": {},
    "12 kHz": {"n_fft": 512, "hop_length": 256},
    "100 ms by 40 ms": {"n_fft": 2205, "hop_length": 882},
    "short window": {"n_fft": 1024, "hop_length": 300, "win_length": 701},
    "not centered": {"n_fft": 1024, "hop_length": 256, "center": False},
    "a prime": {"n_fft": 1103, "hop_length": 400},  # not in the compiled pass
}
MELS = {
    "default": {},
    "12 kHz": {"sample_rate": 12000, "n_mels": 96},
    "100 ms by 40 ms": {},
    "short window": {"n_mels": 40, "fmin": 50, "fmax": 8000, "htk": True},
    "not centered": {"n_mels": 64, "mel_norm": None},
    "a prime": {"n_mels": 64},
}


def mel_of(y, name, **kwargs):
    params = {**FRAMES[name], **MELS[name]}
    sr = params.pop("sample_rate", RATE)
    norm = params.pop("mel_norm", "slaney")
    return librosa.feature.melspectrogram(y=y, sr=sr, norm=norm, **params, **kwargs)


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("name", FRAMES)
class TestEqualsLibrosa:
    def test_mel_db(self, name, signal):
        y = SIGNALS[signal]
        S = MelSpectrogram(**FRAMES[name], **MELS[name]).fit_transform([y])[0]
        expected = librosa.power_to_db(mel_of(y, name))
        assert S.dtype == np.float32
        np.testing.assert_allclose(S, expected, rtol=0, atol=MEL_DB)

    def test_mel_amplitude_db(self, name, signal):
        y = SIGNALS[signal]
        mel = MelSpectrogram(
            **FRAMES[name], **MELS[name], scale="amplitude_db", ref="max"
        )
        expected = librosa.amplitude_to_db(mel_of(y, name), ref=np.max)
        np.testing.assert_allclose(mel.transform([y])[0], expected, rtol=0, atol=MEL_DB)

    @pytest.mark.parametrize("power", [1, 1.5, 2])
    def test_mel_power(self, name, signal, power):
        y = SIGNALS[signal]
        expected = mel_of(y, name, power=power)
        atol = LINEAR * expected.max()
        mel = MelSpectrogram(**FRAMES[name], **MELS[name], power=power, scale="power")
        np.testing.assert_allclose(mel.transform([y])[0], expected, rtol=0, atol=atol)
        mel.set_params(scale="log1p")
        np.testing.assert_allclose(
            mel.transform([y])[0], np.log1p(expected), rtol=0, atol=atol + 1e-6
        )

    def test_spectrogram(self, name, signal):
        y = SIGNALS[signal]
        expected = np.abs(librosa.stft(y, **FRAMES[name]))
        S = Spectrogram(**FRAMES[name], power=1, scale="power").transform([y])[0]
        np.testing.assert_allclose(S, expected, rtol=0, atol=LINEAR * expected.max())
        S = Spectrogram(**FRAMES[name]).transform([y])[0]
        expected = librosa.power_to_db(expected**2)
        np.testing.assert_allclose(S, expected, rtol=0, atol=SPECTRUM_DB)

    def test_mfcc(self, name, signal):
        y = SIGNALS[signal]
        S = librosa.power_to_db(mel_of(y, name))
        M = librosa.feature.mfcc(S=S, n_mfcc=13)
        expected = [M, *(librosa.feature.delta(M, order=order) for order in (1, 2))]
        mfcc = MFCC(**FRAMES[name], **MELS[name], n_mfcc=13, deltas=2)
        np.testing.assert_allclose(
            mfcc.transform([y])[0], np.concatenate(expected), rtol=0, atol=CEPSTRUM
        )


@pytest.mark.parametrize(
    ("params", "keywords"),
    [
        ({"ref": 2.5, "amin": 1e-3, "top_db": 30.0}, {"ref": 2.5, "amin": 1e-3}),
        ({"ref": "max", "top_db": 30.0}, {"ref": np.max}),
        ({"amin": 1e-3, "top_db": None}, {"amin": 1e-3}),
        ({"ref": 1e-12, "top_db": 0.5}, {"ref": 1e-12}),
    ],
)
@pytest.mark.parametrize("scale", ["db", "amplitude_db"])
def test_decibel_parameters(params, keywords, scale):
    to_db = {"db": librosa.power_to_db, "amplitude_db": librosa.amplitude_to_db}
    y = SIGNALS["chirp"]
    expected = to_db[scale](
        librosa.feature.melspectrogram(y=y, sr=RATE),
        **keywords,
        top_db=params["top_db"],
    )
    S = MelSpectrogram(scale=scale, **params).transform([y])[0]
    np.testing.assert_allclose(S, expected, rtol=0, atol=MEL_DB)


@pytest.mark.parametrize("lifter", [0, 22])
def test_mfcc_parameters(lifter):
    y = SIGNALS["chirp"]
    expected = librosa.feature.mfcc(y=y, sr=RATE, lifter=lifter, n_mels=40, fmax=8000)
    M = MFCC(lifter=lifter, n_mels=40, fmax=8000).transform([y])[0]
    assert M.shape == (20, 1 + len(y) // 512)
    np.testing.assert_allclose(M, expected, rtol=0, atol=CEPSTRUM * (1 + lifter / 2))
    delta = MFCC(n_mfcc=5, deltas=1, delta_width=3).transform([y])[0][5:]
    M = librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=5)
    expected = librosa.feature.delta(M, width=3)
    np.testing.assert_allclose(delta, expected, rtol=0, atol=CEPSTRUM)


def test_parseval():
    """The power over all bins of a frame is the power of the windowed samples."""
    y = SIGNALS["noise"][:2048]
    S = Spectrogram(scale="power", center=False).transform([y])[0][:, 0]
    window = np.hanning(2049)[:-1]
    total = S[0] + S[-1] + 2 * S[1:-1].sum()
    assert total / 2048 == pytest.approx(((y * window) ** 2).sum(), rel=1e-5)


def test_frame_counts_of_the_sources():
    y = np.zeros(30 * RATE, np.float32)
    tagging = MelSpectrogram(
        sample_rate=12000, n_fft=512, hop_length=256, n_mels=96, duration=29.12
    )
    assert tagging.transform([y]).shape == (1, 96, 1366)
    windows = MelSpectrogram(n_fft=2205, hop_length=882, center=False)
    assert windows.transform([y]).shape == (1, 128, 748)
    assert windows.set_params(duration=24.02).transform([y]).shape == (1, 128, 599)
    assert MelSpectrogram().transform([y]).shape == (1, 128, 1292)


@pytest.mark.parametrize("n_frames", [1, 2, 9])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("n_fft", [511, 512])
def test_shortest_waveform(n_frames, center, n_fft):
    stft = {"n_fft": n_fft, "hop_length": 100, "center": center}
    n = n_samples_needed(n_frames, **stft)
    S = Spectrogram(**stft).transform(np.ones((1, n)))
    assert S.shape[2] == n_frames
    if n > 1 and (not center or n_frames > 1):
        assert n_samples_needed(n_frames + 1, **stft) == n + 100
        shorter = np.ones((1, n - 1))
        if n_frames > 1:
            assert Spectrogram(**stft).transform(shorter).shape[2] == n_frames - 1
        else:
            with pytest.raises(AudioError, match=r"clip 0: it has \d+ samples"):
                Spectrogram(**stft).transform(shorter)


def test_mel_spectrograms_of_real_audio(data_dir):
    paths = [
        *sorted(data_dir.glob("gtzan/clips/*/*")),
        *sorted(data_dir.glob("free_audio/*.ogg")),
    ]
    assert len(paths) >= 27
    for path in paths:
        y, sr = soundfile.read(path, dtype="float32", stop=30 * RATE)
        assert sr == RATE
        for name in ("default", "100 ms by 40 ms", "12 kHz"):
            params = {**FRAMES[name], **MELS[name], "duration": 20}
            rate = params.get("sample_rate", sr)
            clip = y[: 20 * sr]
            if rate != sr:
                clip = librosa.resample(clip, orig_sr=sr, target_sr=rate)
            clip = librosa.util.fix_length(clip, size=20 * rate)
            S = mel_of(clip, name)
            expected = librosa.power_to_db(S)
            got = MelSpectrogram(**params).transform([path])[0]
            np.testing.assert_allclose(got, expected, rtol=0, atol=MEL_DB)
            M = librosa.feature.mfcc(S=expected, n_mfcc=13)
            M = np.concatenate([M, librosa.feature.delta(M)])
            got = MFCC(**params, n_mfcc=13, deltas=1).transform([path])[0]
            np.testing.assert_allclose(got, M, rtol=0, atol=CEPSTRUM)


def test_published_gtzan_images(data_dir):
    """The transformer makes the images of a data set that others have computed."""
    images = np.load(data_dir / "gtzan" / "gtzan_mel_images.npz")
    row = {str(clip): i for i, clip in enumerate(images["clip"])}
    mels = images["mel"]
    paths = sorted(data_dir.glob("gtzan/clips/*/*"))
    paths = [path for path in paths if path.stem in row]
    assert len(paths) == 20
    transformer = MelSpectrogram(scale="amplitude_db", ref="max")
    errors = {}
    for path, S in zip(paths, transformer.transform(paths), strict=True):
        n = S.shape[1]
        column = np.arange(334)
        frame = np.minimum(np.round(n * (column + 1.87) / 334.8).astype(int), n - 1)
        image = (S[:, frame] + 80) / 80 * 255
        difference = image - mels[row[path.stem]]
        errors[path.stem] = float(np.sqrt(np.mean(difference**2)))
    assert max(errors.values()) < 1.5, errors


@pytest.mark.parametrize("deltas", [1, 2])
@pytest.mark.parametrize("n_frames", [1, 5, 8, 9, 10])
def test_deltas_of_short_clips(deltas, n_frames):
    """As librosa's where it has any; below, the ends go on, in every transformer."""
    y = SIGNALS["noise"][: (n_frames - 1) * 512 + 1]
    M = MFCC(n_mfcc=13, deltas=deltas).transform([y])[0]
    assert M.shape == (13 * (1 + deltas), n_frames)
    mode, pad = ("interp", 0) if n_frames >= 9 else ("nearest", 9)
    longer = np.pad(M[:13], ((0, 0), (pad, pad)), mode="edge")
    for order in range(1, deltas + 1):
        expected = librosa.feature.delta(longer, order=order, mode=mode)
        np.testing.assert_allclose(
            M[13 * order : 13 * (order + 1)],
            expected[:, pad : pad + n_frames],
            rtol=0,
            atol=1e-4,
        )
    described = FrameDescriptors(deltas=deltas).transform([y])[0]
    np.testing.assert_allclose(described[5:], M, rtol=0, atol=1e-4)


def test_features_take_leading_axes(rng):
    waves = rng.standard_normal((2, 3, 5000)).astype(np.float32)
    keywords = MelSpectrogram()._waveform_function().keywords
    assert spectral_features(waves, **keywords).shape == (2, 3, 128, 10)
