"""Clips as other libraries give them: decoders, and dictionaries of samples."""

from collections import UserList
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from helpers import MEL, RATE, entries
from sklearn.base import clone

from sklearn_genre import AudioError, Waveform, audit

WAVES = Waveform(sample_rate=RATE)


class KeyedDecoder:
    """Answers to the keys of the dictionary that it stands for."""

    def __init__(self, array, rate):
        self._values = {"array": array, "sampling_rate": rate}

    def __getitem__(self, key):
        return self._values[key]


class AudioDecoder:
    """Gives the samples of all channels when it is asked, as torchcodec's does."""

    def __init__(self, array, rate):
        self._samples = SimpleNamespace(
            data=torch.tensor(array[None]), sample_rate=rate
        )
        self.n_calls = 0

    def get_all_samples(self):
        self.n_calls += 1
        return self._samples


class BrokenDecoder:
    def get_all_samples(self):
        raise RuntimeError("no packets")


@pytest.fixture
def waves(rng):
    return (0.1 * rng.standard_normal((2, 2 * RATE))).astype(np.float32)


def _boxed(clips):
    box = np.empty(len(clips), dtype=object)
    box[:] = clips
    return box


def test_decoders_and_undecoded_dictionaries(waves, tmp_path):
    rate = 2 * RATE
    want = MEL.fit_transform([(wave, rate) for wave in waves])
    decoders = [AudioDecoder(wave, rate) for wave in waves]
    paths = [tmp_path / "0.wav", tmp_path / "1.wav"]
    for path, wave in zip(paths, waves, strict=True):
        soundfile.write(path, wave, rate, subtype="FLOAT")
    forms = [
        decoders,
        [KeyedDecoder(wave, rate) for wave in waves],
        [decoder.get_all_samples() for decoder in decoders],
        [{"bytes": path.read_bytes(), "path": "in.zip"} for path in paths],
        [{"bytes": path.read_bytes(), "path": None} for path in paths],
        [{"bytes": None, "path": str(path)} for path in paths],
        [
            {"array": wave, "sampling_rate": rate, "path": "gone.wav", "bytes": None}
            for wave in waves
        ],
    ]
    for clips in forms:
        for X in (
            clips,
            tuple(clips),
            UserList(clips),
            _boxed(clips),
            pd.Series(clips),
        ):
            np.testing.assert_array_equal(MEL.fit_transform(X), want)


def test_a_decoder_is_asked_once_and_its_features_are_kept(waves, tmp_path):
    decoder = AudioDecoder(waves[0], RATE)
    mel = clone(MEL).set_params(cache=tmp_path)
    first = mel.transform([decoder])
    assert decoder.n_calls == 1
    np.testing.assert_array_equal(mel.transform([(waves[:1], RATE)]), first)
    assert len(entries(tmp_path)) == 1


def test_a_changed_file_in_a_dictionary_is_noticed(waves, tmp_path):
    path = tmp_path / "song.wav"
    mel = clone(MEL).set_params(cache=tmp_path / "cache")
    for wave in (waves[0], waves[1][:RATE]):
        soundfile.write(path, wave, RATE, subtype="FLOAT")
        got = mel.transform([{"path": str(path)}])
        np.testing.assert_array_equal(got, MEL.transform([wave]))


@pytest.mark.parametrize(
    ("clip", "words"),
    [
        (
            BrokenDecoder(),
            r"^clip 1: it is .*\(BrokenDecoder\).*no packets",
        ),
        (KeyedDecoder(np.ones(9), "8 kHz"), "^clip 1: its sampling rate is '8 kHz'"),
        ((RATE, np.ones((9, 2))), r"^clip 1: its array has shape \(9, 2\).*array\.T"),
        (("8 kHz", np.ones(9)), "^clip 1: its sampling rate is '8 kHz'"),
        ({"bytes": b"no audio", "path": "a.mp3"}, r"^clip 1"),
    ],
)
def test_clips_of_other_libraries_that_cannot_be_used(clip, words):
    with pytest.raises(AudioError, match=words):
        WAVES.transform([np.ones(9), clip])
    findings = audit([np.ones(9), clip], sample_rate=RATE).findings
    assert [f.row for f in findings if f.kind == "unreadable"] == [1]


def test_one_decoder_is_a_single_clip():
    for decoder in (KeyedDecoder(np.ones(9), RATE), BrokenDecoder()):
        with pytest.raises(ValueError, match=r"X is a single clip .* put it in a list"):
            WAVES.fit(decoder)


def test_clips_of_one_kind_are_named_too():
    with pytest.raises(TypeError, match=r"clip 0 of X is .*\(object\); a clip is"):
        WAVES.fit([object(), object()])
    for X in (None, 5):
        with pytest.raises(ValueError, match="Expected 2D array, got scalar"):
            WAVES.fit(X)
