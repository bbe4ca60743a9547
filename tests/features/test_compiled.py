"""The compiled pass: its Fourier transform, every kind of frame, narrow vectors."""

import os
import subprocess
import sys
import threading

import librosa
import numpy as np
import pytest
from numba import njit
from numpy.lib.stride_tricks import sliding_window_view

from sklearn_genre import AudioError, MelSpectrogram, Spectrogram
from sklearn_genre.features._numerics import compiled, fourier, lanes
from sklearn_genre.features._numerics.frames import hann_window

RADICES = (2, 3, 4, 5, 7, 8)
# a pass of every radix as the first, in the middle and the last, packed or not
LENGTHS = (3, 4, 5, 7, 8, 10, 12, 14, 15, 16, 30, 32, 42, 60, 64, 96, 98, 105, 128, 224)
USUAL = (256, 400, 441, 512, 551, 882, 1024, 1103, 2048, 2205, 4096, 8192)


@njit
def powers(frames, plan, z, power):
    fourier.powers(frames, plan, z, power)


@njit
def transposed(source, step, target, width):
    lanes.transpose(source, 2, step, target, 3, width)


@pytest.mark.parametrize("n", [*RADICES, 16])
def test_transform_of_a_few_numbers(n, rng):
    x = rng.standard_normal((n, 3)) + 1j * rng.standard_normal((n, 3))
    found = fourier.dft([(row.real, row.imag) for row in x])
    found = np.array([real + 1j * imag for real, imag in found])
    np.testing.assert_allclose(found, np.fft.fft(x, axis=0), rtol=0, atol=1e-13)


@pytest.mark.parametrize("n_fft", [*LENGTHS, *USUAL])
def test_powers_equal_numpy(n_fft, rng):
    radices = fourier.choose_radices(n_fft)
    if radices is None:
        assert n_fft in (551, 1103)  # 19 * 29 and a prime
        return
    hop = max(n_fft // 3, 1)
    wave = rng.standard_normal((lanes.LANES - 1) * hop + n_fft + hop)
    wave = wave.astype(np.float32)
    plan = fourier.make_plan(hann_window(n_fft, None), hop, radices)
    scratch = compiled.scratch_of(n_fft, hop)
    columns = fourier.n_columns(n_fft, hop)
    grid = scratch.frames.reshape(-1, columns)
    grid[:] = wave[np.arange(len(grid))[:, np.newaxis] + hop * np.arange(columns)]
    powers(scratch.frames, plan, scratch.z, scratch.power)
    frames = wave[np.arange(n_fft) + hop * np.arange(lanes.LANES)[:, np.newaxis]]
    expected = np.abs(np.fft.rfft(frames * hann_window(n_fft, None))) ** 2
    found = scratch.power.reshape(-1, lanes.LANES).T
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * expected.max())


def test_every_small_length_has_its_radices():
    for n_fft in range(3, 2**15):
        radices = fourier.choose_radices(n_fft)
        if radices is not None:
            assert np.prod(radices) == (n_fft if n_fft % 2 else n_fft // 2)
            assert n_fft <= 2**14
    wide = lanes.LANES == 16
    assert fourier.choose_radices(2048) == [8, 8, *([16] if wide else [4, 4])]
    assert fourier.choose_radices(2) is None
    assert fourier.choose_radices(2 * 11) is None


def test_log_near_one():
    x = np.linspace(np.sqrt(0.5), np.sqrt(2), 10_001)
    error = lanes.log_near_one(x - 1) - np.log(x)
    assert np.abs(error).max() < 1e-8


def test_transposition(rng):
    n = lanes.LANES
    source = rng.standard_normal(n * 50).astype(np.float32)
    target = np.zeros(n * 30, dtype=np.float32)
    transposed(source, 37, target, 21)
    rows, columns = np.arange(n)[:, np.newaxis], np.arange(n)
    np.testing.assert_array_equal(
        target[3 + 21 * rows + columns], source[2 + 37 * columns + rows]
    )
    assert np.count_nonzero(target) == n * n


@pytest.mark.parametrize("n_samples", [1, 100, 511, 512, 5000, 16 * 512, 33 * 512 + 7])
@pytest.mark.parametrize(
    ("n_fft", "hop_length"),
    [(512, 1), (512, 5), (512, 100), (512, 512), (512, 700), (48, 5000), (45, 20)],
)
def test_frames_of_any_hop(n_fft, hop_length, n_samples, rng):
    y = rng.standard_normal(n_samples).astype(np.float32)
    frames = sliding_window_view(np.pad(y, n_fft // 2), n_fft)[::hop_length]
    expected = np.abs(np.fft.rfft(frames * hann_window(n_fft, None))).T
    how = {"n_fft": n_fft, "hop_length": hop_length, "power": 1, "scale": "power"}
    found = Spectrogram(**how).transform([y])[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * expected.max())


def test_digits_of_a_frame_depend_on_no_other(rng):
    """Not on its lane, on what follows, or on who computes what before."""
    y = rng.standard_normal(60 * 512).astype(np.float32)
    mel = MelSpectrogram(center=False, scale="power")
    whole = mel.transform([y])[0]
    for first in (1, 7, 16, 30):
        part = mel.transform([y[first * 512 :]])[0]
        np.testing.assert_array_equal(part, whole[:, first:])
    np.testing.assert_array_equal(
        mel.transform([y[: 21 * 512]])[0], whole[:, : (21 * 512 - 2048) // 512 + 1]
    )


def test_a_silent_frame_beside_loud_ones_is_silent(rng):
    y = rng.standard_normal(40 * 2048).astype(np.float32)
    y[20 * 2048 : 22 * 2048] = 0
    S = Spectrogram(center=False, hop_length=2048, scale="power").transform([y])[0]
    assert not S[:, 20:22].any()
    assert S[:, [19, 22]].all()


@pytest.mark.parametrize("scale", ["db", "amplitude_db", "log1p", "power"])
@pytest.mark.parametrize("level", [0, 1e-42, 1e-22, 1e-6, 20])
def test_levels(level, scale, rng):
    y = (level * rng.standard_normal(9000)).astype(np.float32)
    S = librosa.feature.melspectrogram(y=y)
    to = {
        "db": librosa.power_to_db,
        "amplitude_db": librosa.amplitude_to_db,
        "log1p": np.log1p,
        "power": np.asarray,
    }
    found = MelSpectrogram(scale=scale).transform([y])[0]
    np.testing.assert_allclose(found, to[scale](S), rtol=2e-5, atol=1e-30)


@pytest.mark.parametrize("scale", ["db", "log1p", "power"])
def test_overflow_is_an_error(scale):
    y = np.full((1, 40_000), 100.0)
    with pytest.raises(AudioError, match="clip 0: its features are NaN or infinite"):
        MelSpectrogram(power=10, scale=scale).transform(y)
    y[:, :-400] = 0  # in the last frame alone
    with pytest.raises(AudioError, match="clip 0: its features are NaN or infinite"):
        MelSpectrogram(power=10, scale=scale).transform(y)


@pytest.mark.parametrize("n_jobs", [2, 8])
def test_threads_share_nothing(n_jobs, rng):
    clips = [rng.standard_normal(int(n)) for n in rng.integers(3000, 30_000, 40)]
    one, many = MelSpectrogram(), MelSpectrogram(n_jobs=n_jobs)
    for a, b in zip(one.transform(clips), many.transform(clips), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(7, 1), (7, 15), (7, 16), (7, 33), (2, 3, 7, 20)])
def test_sums_of_bands(shape, rng):
    weights, S = rng.standard_normal((4, 7)), rng.standard_normal(shape)
    found = compiled.combined(weights.astype(np.float32), S.astype(np.float32))
    np.testing.assert_allclose(found, weights @ S, rtol=0, atol=1e-5)


def test_memory_belongs_to_a_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(compiled.scratch_of(64, 16)))
    thread.start()
    thread.join()
    mine = compiled.scratch_of(64, 16)
    assert mine is compiled.scratch_of(64, 16)
    assert not np.shares_memory(mine.z, found[0].z)
    assert mine.z.ctypes.data % 64 == 0


def test_read_only_and_strided_waveforms(rng):
    y = rng.standard_normal(20_000).astype(np.float32)
    expected = MelSpectrogram().transform([y])
    function = MelSpectrogram()._waveform_function()
    strided = np.repeat(y, 2)[::2]
    fixed = y.copy()
    fixed.flags.writeable = False
    for wave in (strided, fixed):
        np.testing.assert_array_equal(function(wave), expected[0])


def test_where_nothing_can_be_kept():
    """numba refuses to cache where no folder is writable; other errors are errors."""
    text = "cannot cache function 'spectra': no locator available for file 'x'"

    def write(how, digest):
        if how["cache"]:
            raise RuntimeError(text)
        return "compiled"

    assert lanes.kept_if_possible(write, "lanes.py") == "compiled"
    text = "another"
    with pytest.raises(RuntimeError, match="another"):
        lanes.kept_if_possible(write, "lanes.py")


NARROW = """
import numpy as np
from sklearn_genre import FrameDescriptors, Spectrogram
from sklearn_genre.features._numerics.lanes import LANES

y = np.random.default_rng(0).standard_normal(20_000)
print(LANES)
for n_fft in (2048, 210):
    print(*Spectrogram(n_fft=n_fft).transform([y]).mean(axis=(0, 1)))
print(*FrameDescriptors().transform([y]).mean(axis=(0, 2)))
"""


@pytest.mark.slow
def test_processors_without_wide_vectors():
    (lanes_here, *here), (lanes_there, *there) = (
        means(**how) for how in ({}, {"NUMBA_CPU_NAME": "generic"})
    )
    assert (lanes_here, lanes_there) == ([lanes.LANES], [8])
    for a, b in zip(here, there, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-4)


def means(**environment):
    done = subprocess.run(
        [sys.executable, "-c", NARROW],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return [[*map(float, line.split())] for line in done.stdout.splitlines()]
