"""Features computed by other processes, which write them beside the file."""

import os
import sys

import joblib
import numpy as np
import pytest
import soundfile
from joblib.externals.loky import get_reusable_executor

from sklearn_genre import AudioError, MelSpectrogram, extract_features
from sklearn_genre.features import _extract as extraction

MEL = MelSpectrogram(n_mels=8, n_fft=256, hop_length=256)


@pytest.fixture(scope="module", autouse=True)
def workers():
    """Two processes for all tests of this file."""
    yield
    get_reusable_executor().shutdown(wait=True)


@pytest.fixture
def songs(rng, tmp_path):
    """Ten files of 0.1 s."""
    paths = [tmp_path / f"{i}.wav" for i in range(10)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.normal(size=2205), 22050)
    return paths


def extract(transformer, songs, path, **options):
    with joblib.parallel_config("loky", n_jobs=2):
        return extract_features(transformer, songs, path, **options)


def beside(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".wav")


class Telling(MelSpectrogram):
    """Leaves a note on every process that it works in."""

    def transform(self, X):
        note = os.path.join(os.path.dirname(X[0]), f"{os.getpid()}.pid")
        with open(note, "w") as file:
            file.write("torch" if "torch" in sys.modules else "light")
        return super().transform(X)


def test_other_processes_give_the_features_of_threads(songs, tmp_path):
    telling = Telling(**MEL.get_params())
    features = extract(telling, songs, tmp_path / "mel.npy")
    np.testing.assert_array_equal(features, MEL.transform(songs))
    notes = list(tmp_path.glob("*.pid"))
    assert notes
    assert os.getpid() not in {int(note.stem) for note in notes}
    assert {note.read_text() for note in notes} == {"light"}
    assert not list(tmp_path.glob("mel.npy.*"))


def test_the_parameter_alone_asks_for_processes(songs, tmp_path):
    telling = Telling(**MEL.get_params() | {"n_jobs": 2})
    with joblib.parallel_config("loky"):
        extract_features(telling, songs, tmp_path / "mel.npy")
    pids = {int(note.stem) for note in tmp_path.glob("*.pid")}
    assert pids
    assert os.getpid() not in pids


def test_bad_clips_stop_no_others_and_are_repaired_afterwards(songs, tmp_path):
    expected, path = MEL.transform(songs), tmp_path / "mel.npy"
    bad = {i: songs[i].read_bytes() for i in (0, 5)}
    for i in bad:
        songs[i].write_bytes(b"no audio")
    with pytest.raises(AudioError, match=r"2 of 10 clips.*0\.wav .*5\.wav") as caught:
        extract(MEL, songs, path, batch_size=3)
    assert list(caught.value.errors) == [0, 5]
    assert beside(tmp_path) == ["mel.npy.journal", "mel.npy.part"]
    assert len((tmp_path / "mel.npy.journal").read_text().splitlines()) == 1 + 8
    for i, content in bad.items():
        songs[i].write_bytes(content)
    features = extract(MEL, songs, path)
    np.testing.assert_array_equal(features, expected)
    assert beside(tmp_path) == ["mel.npy"]


def test_unequal_clips_are_named(songs, tmp_path):
    soundfile.write(songs[5], np.zeros(4410), 22050)
    with pytest.raises(ValueError, match=r"clip 5 .*5\.wav.*\(8, 18\).*duration"):
        extract(MEL, songs, tmp_path / "mel.npy", batch_size=2)
    assert beside(tmp_path) == ["mel.npy.journal", "mel.npy.part"]
    soundfile.write(songs[5], np.zeros(2205), 22050)
    features = extract(MEL, songs, tmp_path / "mel.npy")
    np.testing.assert_array_equal(features, MEL.transform(songs))


class OddError(Exception):
    """Cannot be sent to another process."""

    def __init__(self, code, words):
        super().__init__(words)


class Odd(MelSpectrogram):
    """Fails for some files, or for all."""

    every = False

    def transform(self, X):
        for clip in X:
            if self.every or os.path.getsize(clip) == 5:
                raise OddError(1, "odd")
        return super().transform(X)


class EverOdd(Odd):
    every = True


def test_any_failure_of_one_clip_is_its_own(songs, tmp_path):
    songs[4].write_bytes(b"odd..")
    with pytest.raises(AudioError, match=r"4\.wav.*OddError: odd") as caught:
        extract(Odd(**MEL.get_params()), songs, tmp_path / "mel.npy")
    assert list(caught.value.errors) == [4]


def test_what_would_happen_to_every_clip_stops_at_once(songs, tmp_path):
    with pytest.raises(RuntimeError, match="OddError: odd"):
        extract(EverOdd(**MEL.get_params()), songs, tmp_path / "mel.npy")
    with pytest.raises(ValueError, match="n_mels"):
        extract(MelSpectrogram(n_mels=0), songs, tmp_path / "other.npy")


class Doubling(MelSpectrogram):
    def transform(self, X):
        return np.repeat(super().transform(X), 2, axis=0)


def test_one_row_a_clip(songs, tmp_path):
    with pytest.raises(ValueError, match="gave 2 for 1 clips"):
        extract(Doubling(**MEL.get_params()), songs, tmp_path / "mel.npy", batch_size=1)


def test_what_a_killed_process_left_is_removed(songs, tmp_path):
    (tmp_path / "mel.npy.rows" / "old").mkdir(parents=True)
    (tmp_path / "mel.npy.rows" / "old" / "rows.npy").write_bytes(b"old")
    extract_features(MEL, songs, tmp_path / "mel.npy")
    assert beside(tmp_path) == ["mel.npy"]


# -- a worker's part, in this process -------------------------------------------------


def run(clips):
    return np.stack([np.full((2, 3), clip, dtype=np.float32) for clip in clips])


def test_rows_stay_in_a_file(tmp_path):
    found, path = extraction._work(run, str(tmp_path), [1, 2], [8, 9])
    assert found == [None, None]
    rows = extraction._received(found, path)
    np.testing.assert_array_equal(rows, run([1, 2]))
    assert beside(tmp_path) == []


def test_rows_that_cannot_be_left_are_sent(tmp_path):
    """As from another machine, or where the disk is full."""
    found, path = extraction._work(run, str(tmp_path / "nowhere"), [1, 2], [8, 9])
    assert path is None
    np.testing.assert_array_equal(extraction._received(found, path), run([1, 2]))


def test_errors_keep_their_place_among_rows(tmp_path):
    def picky(clips):
        if 2 in clips:
            raise AudioError("2", "it is two")
        return run(clips)

    found, path = extraction._work(picky, str(tmp_path), [1, 2, 3], [0, 1, 2])
    assert isinstance(found[1], AudioError)
    rows = extraction._received(found, path)
    assert rows[1] is found[1]
    np.testing.assert_array_equal([rows[0], rows[2]], run([1, 3]))
