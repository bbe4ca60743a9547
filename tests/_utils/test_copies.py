"""The search for exact copies among clips and rows."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, sound_file
from scipy.sparse import csr_array

from sklearn_genre import RowView
from sklearn_genre._utils import copies
from sklearn_genre._utils.copies import copy_labels
from sklearn_genre._utils.survey import survey


def noise(seed, seconds=4.0):
    """Samples of 16 bits."""
    rng = np.random.default_rng(seed)
    return rng.integers(-9000, 9000, round(seconds * RATE)).astype(np.int16)


def write(path, samples, **form):
    soundfile.write(path, samples, RATE, **form)
    return str(path)


def tagged(mp3):
    """The content of an mp3 file behind a tag of its own, with another at its end."""
    title = b"TIT2" + (6).to_bytes(4, "big") + b"\0\0" + b"\0other"
    head = b"ID3\3\0\0" + bytes([0, 0, 0, len(title)]) + title
    return head + mp3 + b"TAG" + b"other".ljust(125, b"\0")


# -- files -----------------------------------------------------------------------------
def test_one_song_in_many_files(tmp_path):
    song, other = noise(0), noise(1)
    content = sound_file(song, format="MP3")
    files = [
        write(tmp_path / "song.wav", song),
        write(tmp_path / "other.wav", other),
        write(tmp_path / "song.flac", song),
        write(tmp_path / "renamed.flac", song),
        write(tmp_path / "24 bits.wav", song, subtype="PCM_24"),
        write(tmp_path / "stereo.wav", np.stack([song, song], axis=1)),
        write(tmp_path / "lossy.ogg", song),
        content,
        tagged(content),
    ]
    labels, compared = copy_labels(files)
    assert labels == [0, None, 0, 0, 0, 0, None, 7, 7]
    assert all(compared)
    assert copy_labels(files, n_jobs=2) == (labels, compared)
    for form in (np.array(files[:6], object), pd.Series(files[:6])):
        assert copy_labels(form)[0] == labels[:6]


def test_the_rate_and_the_length_count(tmp_path):
    song = noise(0)
    soundfile.write(tmp_path / "slow.wav", song, RATE // 2)
    files = [
        write(tmp_path / "song.wav", song),
        str(tmp_path / "slow.wav"),
        write(tmp_path / "longer.wav", np.append(song, song[:1])),
    ]
    assert copy_labels(files) == ([None] * 3, [True] * 3)


def test_songs_that_begin_alike_are_no_copies(tmp_path):
    silence = np.zeros(3 * RATE, np.int16)
    songs = [np.append(silence, noise(seed)) for seed in (0, 1, 0)]
    ends = ("a.wav", "b.wav", "c.flac")
    files = [
        write(tmp_path / name, song) for name, song in zip(ends, songs, strict=True)
    ]
    assert copy_labels(files) == ([0, None, 0], [True] * 3)


def test_whole_files_are_decoded_only_in_doubt(tmp_path, monkeypatch):
    spans = []

    def open_song(*args, duration, **kwargs):
        spans.append(duration)
        return real(*args, duration=duration, **kwargs)

    real = copies.open_song
    monkeypatch.setattr(copies, "open_song", open_song)
    song, other = noise(0), noise(1)
    files = [
        write(tmp_path / "song.wav", song),
        write(tmp_path / "other.wav", other),
        write(tmp_path / "copy.wav", song),
    ]
    assert copy_labels(files)[0] == [0, None, 0]
    assert spans == [copies._START] * 3, "equal bytes are copies"
    spans.clear()
    files.append(write(tmp_path / "song.flac", song))
    assert copy_labels(files)[0] == [0, None, 0, 0]
    assert spans.count(None) == 2, "one of each content"


def test_what_cannot_be_read_is_not_compared(tmp_path):
    song = write(tmp_path / "song.flac", noise(0))
    content = (tmp_path / "song.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(content[: len(content) * 3 // 4])
    (tmp_path / "text.wav").write_text("no audio")
    files = [song, str(tmp_path / "cut.flac"), "gone.mp3", str(tmp_path / "text.wav")]
    assert copy_labels(files) == ([None] * 4, [True, False, False, False])


def test_long_songs_are_compared_block_by_block(tmp_path):
    """A song of several blocks, and one that differs in its last sample only."""
    song = np.tile(noise(0), 40)
    other = song.copy()
    other[-1] += 1
    files = [
        write(tmp_path / "song.wav", song),
        write(tmp_path / "song.flac", song),
        write(tmp_path / "other.wav", other),
    ]
    assert copy_labels(files)[0] == [0, 0, None]


# -- clips in memory -------------------------------------------------------------------
def test_files_and_what_they_hold(tmp_path):
    file = write(tmp_path / "song.flac", noise(0))
    samples, rate = soundfile.read(file, dtype="float32")
    clips = [(samples, rate), file, (tmp_path / "song.flac").read_bytes()]
    assert copy_labels(clips)[0] == [0, 0, 0]


def test_clips_in_memory():
    a, b = (noise(seed).astype(np.float32) / 2**15 for seed in (0, 1))
    clips = [
        (a, RATE),
        {"array": b, "sampling_rate": RATE},
        {"array": np.stack([a, a]), "sampling_rate": float(RATE)},
        (a, RATE + 1),
        (a.astype(np.float64), RATE),
    ]
    assert copy_labels(clips) == ([0, None, 0, None, 0], [True] * 5)
    assert copy_labels([a, b, a[1:], a])[0] == [0, None, None, 0]
    assert copy_labels(np.stack([a, b, a]))[0] == [0, None, 0]


# -- rows of numbers -------------------------------------------------------------------
@pytest.mark.parametrize(
    "form",
    [np.asarray, np.ndarray.tolist, list, pd.DataFrame, csr_array, RowView],
)
def test_rows_equal_to_the_bit(form, rng):
    X = rng.normal(size=(6, 3))
    X[4], X[5] = X[1], X[0]
    X[5, 2] = np.nextafter(X[5, 2], 1)
    labels, compared = copy_labels(form(X))
    assert labels == [None, 1, None, None, 1, None]
    assert all(compared)


def test_rows_of_any_shape_and_with_gaps(rng):
    X = rng.normal(size=(4, 2, 3, 5))
    X[3] = X[0]
    assert copy_labels(X)[0] == [0, None, None, 0]
    X[[0, 3], 0, 0] = np.nan
    assert copy_labels(X)[0] == [0, None, None, 0]
    images = rng.integers(0, 255, size=(3, 8, 8)).astype(np.uint8)
    assert copy_labels(images[[0, 1, 0, 2]])[0] == [0, None, 0, None]


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((4, 3)),
        np.full((4, 2), np.nan),
        np.array([[1.0, 4], [1, 4], [2, 4], [0, 4]]),  # mode and meter
        np.array([0.5, 0.5, 1, 2])[:, None],
        pd.DataFrame({"key": ["C", "C", "D", "E"]}),
    ],
    ids=["zeros", "nothing", "few whole numbers", "one number", "words"],
)
def test_rows_equal_by_chance_are_no_copies(X):
    labels, compared = copy_labels(X)
    assert labels == [None] * 4
    assert not any(compared[:2])
    labels, compared = copy_labels(X, chance=True)
    assert labels[:2] == [0, 0]
    assert all(compared)


def test_mixed_columns_are_compared(rng):
    X = pd.DataFrame(rng.normal(size=(3, 9)))
    X["genre"] = "a"
    X.loc[2] = X.loc[0]
    assert copy_labels(X)[0] == [0, None, 0]


# -- survey ----------------------------------------------------------------------------
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_no_clip_stops_a_survey(n_jobs):
    def invert(clip, position):
        return position, 1 / clip

    found = list(survey(invert, [1, 0, 2], n_jobs=n_jobs))
    assert found[0] == (0, 1)
    assert isinstance(found[1], ZeroDivisionError)
    assert found[2] == (2, 0.5)
