"""Batches as on a GPU, on the CPU: the same features, in order, overlapping."""

import os

import numpy as np
import pytest
import torch

from sklearn_genre import (
    MFCC,
    FeatureCache,
    FrameDescriptors,
    MelSpectrogram,
    Spectrogram,
)
from sklearn_genre.features import _gpu, _spectral


@pytest.fixture
def in_batches(monkeypatch):
    monkeypatch.setattr(_spectral._ShortTime, "_in_batches", lambda self: True)


@pytest.fixture
def waves(rng):
    return [rng.normal(size=n).astype(np.float32) for n in (9000,) * 5 + (7001,) * 2]


TRANSFORMERS = [
    MelSpectrogram(),
    MelSpectrogram(center=False, scale="log1p"),
    MelSpectrogram(n_fft=1023, hop_length=300, win_length=800),
    Spectrogram(n_fft=512, hop_length=128, power=1.0, scale="amplitude_db"),
    MFCC(),
    FrameDescriptors(),
]


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=str)
def test_batches_have_the_values_of_single_clips(transformer, waves, request):
    expected = transformer.transform(waves)
    request.getfixturevalue("in_batches")
    found = transformer.transform(waves)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-3, atol=3e-4)


def test_each_clip_has_its_own_peak(in_batches, waves):
    """Decibels below the peak are those of a clip, not of its batch."""
    clips = np.stack([waves[0], 1e-3 * waves[1]])
    for clip, S in zip(clips, MelSpectrogram().transform(clips), strict=True):
        alone = MelSpectrogram().transform([clip])[0]
        np.testing.assert_allclose(S, alone, atol=3e-4)


def test_threads_and_batches_keep_the_order(in_batches, waves, monkeypatch):
    monkeypatch.setattr("sklearn_genre.features._batches._BATCH_SAMPLES", 18000)
    clips = [np.float32(k + 1) * waves[0] for k in range(7)]
    mel = MelSpectrogram(scale="power")
    levels = mel.set_params(n_jobs=2).transform(clips).mean(axis=(1, 2))
    np.testing.assert_allclose(levels / levels[0], np.arange(1, 8) ** 2, rtol=1e-4)


def test_rows_from_a_cache_come_in_their_place(in_batches, waves, tmp_path):
    mel = MelSpectrogram(cache=FeatureCache(tmp_path))
    clips = [(wave, 22050) for wave in waves[:5]]
    mel.transform(clips[1:4:2])
    expected = MelSpectrogram().transform(clips)
    np.testing.assert_allclose(mel.transform(clips), expected, atol=3e-4)
    np.testing.assert_allclose(mel.transform(clips), expected, atol=3e-4)


def test_read_only_clips_are_taken(in_batches, waves):
    wave = waves[0].copy()
    wave.flags.writeable = False
    assert MelSpectrogram().transform([wave, wave]).shape[0] == 2


def test_the_next_batch_is_started_before_the_last_is_taken():
    events = []

    def start(batch):
        events.append(f"start {batch}")
        return lambda: events.append(f"finish {batch}") or batch * 10

    found = list(_gpu.overlapped(range(3), start))
    assert found == [(0, 0), (1, 10), (2, 20)]
    assert events == [
        *("start 0", "start 1", "finish 0"),
        *("start 2", "finish 1", "finish 2"),
    ]


def test_work_stays_on_the_device_until_the_last_copy(waves, monkeypatch):
    """Between one copy in per clip and one out, nothing is a NumPy array."""
    mel = MelSpectrogram()
    spectra = _gpu.BatchSpectra("cpu", **mel._of_spectra())
    seen, work = [], spectra._spectra
    monkeypatch.setattr(spectra, "_spectra", lambda b: seen.append(b) or work(b))
    staged = [_gpu.stage(w, page_locked=False, process=os.getpid()) for w in waves[:3]]
    held = list(staged)
    finish = spectra.start(held)
    assert isinstance(seen[0], torch.Tensor)
    assert seen[0].shape == (3, 9000 + 2048)
    assert not seen[0][:, :1024].any()
    assert not seen[0][:, -1024:].any()
    assert len(held) == 3  # the device may still read them
    np.testing.assert_allclose(finish(), mel.transform(waves[:3]), atol=3e-4)
    assert not held


def test_another_process_stages_nothing(waves):
    wave = waves[0]
    assert _gpu.stage(wave, page_locked=False, process=-1) is wave
    assert _gpu.stage(wave, page_locked=False, process=os.getpid()) is not wave
