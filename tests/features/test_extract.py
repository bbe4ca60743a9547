"""Features written to a file: resumed, whole, and of one shape."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import special_files, within
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_genre import (
    AudioError,
    BandScaler,
    MelSpectrogram,
    RowView,
    Slicer,
    SummaryStats,
    extract_features,
)
from sklearn_genre._utils.locks import locked
from sklearn_genre.features import _unfinished as streaming

MEL = MelSpectrogram(n_mels=8, n_fft=256, hop_length=256)


@pytest.fixture
def songs(rng, tmp_path):
    """Ten files of 0.1 s."""
    paths = [tmp_path / f"{i}.wav" for i in range(10)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.normal(size=2205), 22050)
    return paths


class Counting(MelSpectrogram):
    """Counts the clips it computes, and stops after some."""

    seen, last = 0, None

    def transform(self, X):
        type(self).seen += len(X)
        if self.last is not None and self.seen > self.last:
            raise KeyboardInterrupt
        return super().transform(X)


@pytest.fixture
def counting():
    Counting.seen, Counting.last = 0, None
    return Counting(n_mels=8, n_fft=256, hop_length=256)


def leftovers(folder):
    return sorted(p.name for p in folder.iterdir() if ".npy." in p.name)


def test_the_file_is_what_transform_gives(songs, tmp_path):
    features = extract_features(MEL, songs, tmp_path / "mel.npy", batch_size=3)
    assert isinstance(features, RowView)
    expected = MEL.transform(songs)
    np.testing.assert_array_equal(features, expected)
    saved = np.load(tmp_path / "mel.npy", mmap_mode="r")
    assert saved.dtype == expected.dtype
    np.testing.assert_array_equal(saved, expected)
    assert leftovers(tmp_path) == []


def test_a_folder_that_is_not_there(songs, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder '.*none' for 'mel\.npy'"):
        extract_features(MEL, songs, tmp_path / "none" / "mel.npy")


def test_pipelines_tables_and_views(songs, tmp_path, rng):
    model = make_pipeline(MEL, Slicer(slice_length=4), BandScaler())
    model.fit(songs)
    features = extract_features(model, pd.Series(songs), tmp_path / "a.npy")
    np.testing.assert_array_equal(features, model.transform(songs))
    np.save(tmp_path / "X.npy", rng.normal(size=(7, 3, 20)))
    view = RowView(np.load(tmp_path / "X.npy", mmap_mode="r"))
    stats = SummaryStats().set_output(transform="pandas").fit(view)
    table = extract_features(stats, view, tmp_path / "b.npy", batch_size=2)
    np.testing.assert_array_equal(table, stats.transform(view).to_numpy())


@pytest.mark.parametrize("last", [1, 4, 8])
def test_the_next_call_goes_on(songs, tmp_path, counting, last):
    path = tmp_path / "mel.npy"
    Counting.last = last
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, songs, path, batch_size=2)
    assert not path.exists()
    Counting.seen, Counting.last = 0, None
    counting.set_params(n_jobs=2, verbose=0)
    features = extract_features(counting, songs, path, batch_size=3)
    assert Counting.seen == 10 - last // 2 * 2
    np.testing.assert_array_equal(features, MEL.transform(songs))
    assert leftovers(tmp_path) == []


def test_a_broken_row_and_a_broken_line_are_cut_off(songs, tmp_path, counting):
    Counting.last = 6
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, songs, tmp_path / "mel.npy", batch_size=2)
    with open(tmp_path / "mel.npy.part", "ab") as file:
        file.write(b"half a row")
    with open(tmp_path / "mel.npy.journal", "a") as file:
        file.write('["half a li')
    Counting.seen, Counting.last = 0, None
    features = extract_features(counting, songs, tmp_path / "mel.npy")
    assert Counting.seen == 4
    np.testing.assert_array_equal(features, MEL.transform(songs))


@pytest.mark.slow
def test_killed_in_the_middle(songs, tmp_path):
    program = f"""
        import os, signal
        from sklearn_genre import MelSpectrogram, extract_features
        from sklearn_genre.features import _unfinished as streaming

        append, done = streaming.Unfinished.append, []
        def killing(self, *args):
            if len(done) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            append(self, *args)
            done.append(1)
        streaming.Unfinished.append = killing
        mel = MelSpectrogram(n_mels=8, n_fft=256, hop_length=256)
        extract_features(mel, {[str(p) for p in songs]!r},
            {str(tmp_path / "mel.npy")!r}, batch_size=2)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)])
    assert done.returncode == -signal.SIGKILL
    lines = (tmp_path / "mel.npy.journal").read_text().splitlines()
    assert len(lines) == 1 + 6
    features = extract_features(MEL, [str(p) for p in songs], tmp_path / "mel.npy")
    np.testing.assert_array_equal(features, MEL.transform(songs))


def test_a_bad_clip_may_be_left_out_afterwards(songs, tmp_path, counting):
    songs[7].write_bytes(b"no audio")
    with pytest.raises(
        AudioError, match=r"7\.wav.*leave them out of X.*part"
    ) as caught:
        extract_features(counting, songs, tmp_path / "mel.npy", batch_size=2)
    assert list(caught.value.errors) == [7]
    assert caught.value.source == str(songs[7])
    Counting.seen = 0
    good = songs[:7] + songs[8:]
    features = extract_features(counting, good, tmp_path / "mel.npy")
    assert Counting.seen == 0  # all others were computed by the first call
    np.testing.assert_array_equal(features, MEL.transform(good))


@pytest.mark.parametrize("batch_size", [1, 4, 64])
def test_bad_clips_may_be_repaired_afterwards(songs, tmp_path, counting, batch_size):
    bad = {i: songs[i].read_bytes() for i in (0, 5, 6)}
    for i in bad:
        songs[i].write_bytes(b"no audio")
    path = tmp_path / "mel.npy"
    with pytest.raises(AudioError, match=r"3 of 10 clips.*0\.wav .*6\.wav") as e:
        extract_features(counting, songs, path, batch_size=batch_size)
    assert [error.source for error in e.value.errors.values()] == [
        str(songs[i]) for i in bad
    ]
    for i, content in bad.items():
        songs[i].write_bytes(content)
    Counting.seen = 0
    features = extract_features(counting, songs, path, batch_size=batch_size)
    assert Counting.seen == 3
    np.testing.assert_array_equal(features, MEL.transform(songs))
    np.testing.assert_array_equal(np.load(path), MEL.transform(songs))
    assert leftovers(tmp_path) == []


def test_clips_that_are_no_files_are_named_by_position(songs, tmp_path):
    waves = [np.ones(2205), np.ones(2205), np.full(2205, np.nan), np.ones(2205)]
    with pytest.raises(AudioError, match=r"^clip 2: .*NaN") as caught:
        extract_features(MEL, waves, tmp_path / "mel.npy", batch_size=2)
    assert list(caught.value.errors) == [2]


def test_the_same_clip_twice(songs, tmp_path, counting):
    path, twice = tmp_path / "mel.npy", [songs[0], songs[1], songs[0], songs[2]]
    Counting.last = 2
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, twice, path, batch_size=1)
    Counting.last = None
    features = extract_features(counting, twice, path)
    np.testing.assert_array_equal(features, MEL.transform(twice))


def test_rows_that_were_lost_are_computed_anew(songs, tmp_path, counting):
    path = tmp_path / "mel.npy"
    Counting.last = 8
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, songs, path, batch_size=2)
    part = tmp_path / "mel.npy.part"
    part.write_bytes(part.read_bytes()[:-100])  # a row, of which a disk kept the line
    Counting.last = None
    features = extract_features(counting, songs, path)
    np.testing.assert_array_equal(features, MEL.transform(songs))


@pytest.mark.parametrize("noise", [b"{'descr': ", b"[" * 90])
def test_a_header_of_noise_begins_anew(songs, tmp_path, counting, noise):
    path = tmp_path / "mel.npy"
    Counting.last = 8
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, songs, path, batch_size=2)
    part = tmp_path / "mel.npy.part"
    content = part.read_bytes()
    part.write_bytes(content[:10] + noise.ljust(118) + content[128:])
    Counting.last = None
    features = extract_features(counting, songs, path)
    np.testing.assert_array_equal(features, MEL.transform(songs))


def test_one_process_at_a_time_writes_a_file(songs, tmp_path):
    pytest.importorskip("fcntl")
    path = tmp_path / "mel.npy"
    with (
        locked(tmp_path / "mel.npy.journal"),
        pytest.raises(BlockingIOError, match=r"another process is writing.*mel\.npy"),
    ):
        extract_features(MEL, songs, path)
    features = extract_features(MEL, songs, path)
    np.testing.assert_array_equal(features, MEL.transform(songs))
    with pytest.raises(FileExistsError):
        extract_features(MEL, songs, path)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("kept", [0, 5, 100, 128])
def test_a_header_that_was_lost_begins_anew(songs, tmp_path, counting, kept):
    path = tmp_path / "mel.npy"
    Counting.last = 8
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, songs, path, batch_size=2)
    part = tmp_path / "mel.npy.part"
    part.write_bytes(part.read_bytes()[:kept])
    Counting.seen, Counting.last = 0, None
    features = extract_features(counting, songs, path)
    assert Counting.seen == 10
    np.testing.assert_array_equal(features, MEL.transform(songs))


class Picky(MelSpectrogram):
    """Fails for some files, with what is no AudioError."""

    def transform(self, X):
        for clip in X:
            if os.path.getsize(clip) == 5:
                raise RuntimeError("too picky")
        return super().transform(X)


def test_any_failure_of_one_clip_is_its_own(songs, tmp_path):
    content = songs[0].read_bytes()
    songs[0].write_bytes(b"picky")
    songs[4].write_bytes(b"")
    with special_files(tmp_path) as special:
        mixed = [*songs, *special.values()]
        picky = Picky(n_mels=8, n_fft=256, hop_length=256)
        call = extract_features, picky, mixed, tmp_path / "mel.npy"
        error = within(60, pytest.raises, Exception, *call).value
    assert isinstance(error, AudioError)
    assert set(error.errors) == {0, 4, *range(10, len(mixed))}
    assert "RuntimeError: too picky" in error.errors[0].cause
    songs[0].write_bytes(content)


def test_what_would_happen_to_every_clip_stops_at_once(songs, tmp_path):
    with pytest.raises(ValueError, match="n_mels"):
        extract_features(MelSpectrogram(n_mels=0), songs, tmp_path / "mel.npy")
    with pytest.raises(RuntimeError, match="no device") as caught:
        extract_features(Other(), songs, tmp_path / "other.npy")
    assert "0.wav" in caught.value.__notes__[0]


class Other(MelSpectrogram):
    def transform(self, X):
        raise RuntimeError("no device")


def test_names_that_are_no_text(songs, tmp_path, counting):
    odd = tmp_path / os.fsdecode(b"caf\xe9.wav")
    try:
        os.rename(songs[0], odd)
    except OSError:
        pytest.skip("names here are always text")
    songs[0] = odd
    Counting.last = 6
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, songs, tmp_path / "mel.npy", batch_size=2)
    Counting.seen, Counting.last = 0, None
    features = extract_features(counting, songs, tmp_path / "mel.npy")
    assert Counting.seen == 4
    np.testing.assert_array_equal(features, MEL.transform(songs))


def test_other_work_in_the_same_place_is_refused(songs, tmp_path, counting):
    path = tmp_path / "mel.npy"
    Counting.last = 4
    with pytest.raises(KeyboardInterrupt):
        extract_features(counting, songs, path, batch_size=2)
    Counting.last = None
    other = Counting(n_mels=9, n_fft=256, hop_length=256)
    with pytest.raises(ValueError, match=r"mel\.npy.*another transformer"):
        extract_features(other, songs, path)
    with pytest.raises(ValueError, match=r"clip 0 was .*0\.wav"):
        extract_features(counting, songs[1:], path)
    with pytest.raises(ValueError, match=r"clip 2 was"):
        extract_features(counting, songs[:2], path)
    os.utime(songs[3], ns=(0, 0))
    with pytest.raises(ValueError, match=r"clip 3 was .*3\.wav"):
        extract_features(counting, songs, path)
    features = extract_features(other, songs[1:], path, overwrite=True)
    assert features.shape[:2] == (9, 9)


def test_a_finished_file_is_kept(songs, tmp_path):
    path = tmp_path / "mel.npy"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"mel\.npy.*overwrite=True"):
        extract_features(MEL, songs, path)
    assert path.read_bytes() == b"mine"
    assert extract_features(MEL, songs, path, overwrite=True).shape[0] == 10


@pytest.mark.parametrize("batch_size", [1, 4, 64])
def test_unequal_clips_are_named(songs, tmp_path, batch_size):
    soundfile.write(songs[5], np.zeros(4410), 22050)
    with pytest.raises(ValueError, match=r"clip 5 .*5\.wav.*\(8, 18\).*duration"):
        extract_features(MEL, songs, tmp_path / "mel.npy", batch_size=batch_size)


class Doubling(MelSpectrogram):
    def transform(self, X):
        return np.repeat(super().transform(X), 2, axis=0)


def test_one_row_a_clip(songs, tmp_path):
    with pytest.raises(ValueError, match="gave 20 for 10 clips"):
        extract_features(Doubling(), songs, tmp_path / "mel.npy")


def test_a_transformer_must_be_comparable(songs, tmp_path):
    with pytest.raises(TypeError, match="picklable"):
        extract_features(FunctionTransformer(lambda X: X), songs, tmp_path / "mel.npy")


def test_a_full_disk_is_noticed_before_it_is_full(songs, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(streaming.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(OSError, match=r"10 clips take .* GB") as caught:
        extract_features(MEL, songs, tmp_path / "mel.npy")
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename.endswith("mel.npy")


def test_bad_arguments(songs, tmp_path):
    with pytest.raises(ValueError, match=r"end in \.npy"):
        extract_features(MEL, songs, tmp_path / "mel.dat")
    with pytest.raises(ValueError, match="batch_size"):
        extract_features(MEL, songs, tmp_path / "mel.npy", batch_size=0)
    with pytest.raises(ValueError, match="X holds no clips"):
        extract_features(MEL, [], tmp_path / "mel.npy")
    with pytest.raises(FileNotFoundError, match=r"song\.wav"):
        extract_features(MEL, "song.wav", tmp_path / "mel.npy")


def test_progress(songs, tmp_path, capsys):
    extract_features(MEL, songs, tmp_path / "mel.npy", verbose=1)
    assert "10/10" in capsys.readouterr().err


def states(part, journal, row_bytes):
    """What a power cut can leave of two files: every kind of prefix of each."""
    head, line = len(part) - 6 * row_bytes, journal.index(b"\n") + 1
    ends = [line + i for i, c in enumerate(journal[line:], 1) if c == ord("\n")]
    parts = [0, 9, head, head + 7, head + 2 * row_bytes, len(part) - 3, len(part)]
    journals = [0, line - 5, line, line + 3, ends[1], ends[1] + 4, ends[5] - 1, ends[5]]
    return [(part[:i], journal[:j]) for i in parts for j in journals]


def doubled(X):
    return 2 * np.asarray(X)


def test_every_state_that_a_power_cut_leaves(tmp_path, rng):
    X = rng.normal(size=(9, 4, 5))
    path, part = tmp_path / "X.npy", tmp_path / "X.npy.part"
    journal = tmp_path / "X.npy.journal"
    double = FunctionTransformer(doubled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming.Unfinished, "append", stopping_after(3))
        with pytest.raises(KeyboardInterrupt):
            extract_features(double, X, path, batch_size=2)
    left = states(part.read_bytes(), journal.read_bytes(), X[0].nbytes)
    assert len(left) == 56
    for rows, lines in left:
        path.unlink(missing_ok=True)
        part.write_bytes(rows)
        journal.write_bytes(lines)
        np.testing.assert_array_equal(extract_features(double, X, path), 2 * X)
        assert leftovers(tmp_path) == []


def stopping_after(n):
    append, calls = streaming.Unfinished.append, []

    def stopping(self, *args):
        if len(calls) == n:
            raise KeyboardInterrupt
        calls.append(1)
        append(self, *args)

    return stopping


def test_rows_are_on_the_disk_before_their_lines(tmp_path, rng, monkeypatch):
    X, path = rng.normal(size=(6, 4, 5)), tmp_path / "X.npy"
    part, journal = tmp_path / "X.npy.part", tmp_path / "X.npy.journal"
    fsync, line, synced, lines = os.fsync, streaming._line, [], []

    def noting(descriptor):
        synced.append(part.exists() and part.stat().st_size)
        fsync(descriptor)

    def looking(clip):
        lines.append((synced[-1], part.stat().st_size, journal.stat().st_size))
        return line(clip)

    monkeypatch.setattr(streaming.os, "fsync", noting)
    monkeypatch.setattr(streaming, "_line", looking)
    extract_features(FunctionTransformer(), X, path, batch_size=2)
    assert len(lines) == 6
    assert all(durable == size for durable, size, _ in lines)


def test_a_journal_of_zeros_is_refused_by_name(tmp_path, rng):
    X, path = rng.normal(size=(4, 4, 5)), tmp_path / "X.npy"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming.Unfinished, "append", stopping_after(1))
        with pytest.raises(KeyboardInterrupt):
            extract_features(FunctionTransformer(), X, path, batch_size=2)
    journal = tmp_path / "X.npy.journal"
    head, first, *_ = journal.read_bytes().split(b"\n")
    for damaged in (bytes(len(first)), b"\xff" * len(first)):
        journal.write_bytes(b"\n".join([head, damaged, b""]))
        with pytest.raises(ValueError, match=r"X\.npy\.part.*other clips"):
            extract_features(FunctionTransformer(), X, path)
