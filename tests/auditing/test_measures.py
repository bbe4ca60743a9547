"""Measures of a recording that comes block by block: the same as of the whole."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from helpers import RATE, sound_file

from sklearn_genre.audio import _sound
from sklearn_genre.auditing._measures import measure_audio


def measured(samples, **keywords):
    known = dict(sample_rate=None, silence=-60.0, fingerprint=True) | keywords
    return measure_audio(sound_file(samples, subtype="FLOAT"), 0, **known)


def sounds():
    rng = np.random.default_rng(0)
    noise = (0.2 * rng.standard_normal((5 * RATE + 7, 2))).astype(np.float32)
    loud = np.clip(4 * noise, -1, 1)
    halting = noise * (np.arange(len(noise)) // 1000 % 3 == 0)[:, None]
    one = np.zeros((3000, 1), np.float32)
    one[995:1003] = 1
    broken = noise.copy()
    broken[[10, 20000]] = np.nan
    return {
        "noise": noise,
        "loud": loud,
        "halting": halting.astype(np.float32),
        "one run": one,
        "short": noise[:150],
        "a sample": noise[:1],
        "canceled": noise[:, :1] * np.float32([1, -1]),
        "broken": broken,
        "scaled": 32767 * noise,
    }


@pytest.mark.parametrize("block", [2, 61, 1000, 4096])
@pytest.mark.parametrize("kind", sounds())
def test_blocks_make_no_difference(kind, block, monkeypatch):
    samples = sounds()[kind]
    expected = dataclasses.asdict(measured(samples))
    monkeypatch.setattr(_sound, "_BLOCK", block)
    found = dataclasses.asdict(measured(samples))
    np.testing.assert_array_equal(found.pop("words"), expected.pop("words"))
    level = found.pop("level"), expected.pop("level")
    assert found == expected
    if None not in level:
        assert level[0] == pytest.approx(level[1], abs=1e-3)


def test_runs_at_full_scale():
    wave = np.zeros(1000, np.float32)
    for start, length in ((10, 2), (100, 3), (200, 40), (998, 2)):
        wave[start : start + length] = -1
    assert measured(wave).clipped == 0.043


def test_silent_stretches():
    wave = 0.1 * np.ones(10 * 400, np.float32)  # stretches of 50 ms
    wave[400:1200] = 1e-4
    assert measured(wave).silent == 0.2
    assert measured(wave[500:600]).silent == 1.0
    assert measured(wave[500:600], silence=-90.0).silent == 0.0


def test_memory_does_not_grow_with_the_length(monkeypatch):
    monkeypatch.setattr(_sound, "_BLOCK", 2**14)
    wave = np.zeros(60 * RATE, np.float32)
    measured(wave[:RATE])
    content = sound_file(wave, format="FLAC")
    tracemalloc.start()
    measure_audio(content, 0, sample_rate=None, silence=-60.0, fingerprint=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < wave.nbytes / 4
