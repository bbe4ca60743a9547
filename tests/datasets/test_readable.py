"""Songs that cannot be read, in loaders: reasons, tags, duplicates, genres."""

import os

import joblib
import numpy as np
import pytest
import soundfile
from helpers import special_files, within, write, write_wav

from sklearn_genre import load_folder, load_gtzan, load_manifest


def songs(root, *names):
    for seed, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_wav(root / name, seed, 0.1)
    return root


def test_the_reasons(tmp_path):
    songs(tmp_path / "music", "dub/a.wav", "dub/b.wav", "waltz/c.wav", "waltz/d.wav")
    place = tmp_path / "music" / "dub"
    soundfile.write(place / "nan.wav", np.full(800, np.nan), 8000, subtype="FLOAT")
    whole = (place / "a.wav").read_bytes()
    (place / "cut.wav").write_bytes(whole[: len(whole) // 2])
    params = {"on_error": "skip", "on_ignored": "ignore"}
    warned = pytest.warns(UserWarning, match="cannot be read and are left out")
    with special_files(place) as special, warned:
        data = within(60, load_folder, place.parent, **params)
    assert len(data.paths) == 4
    reasons = {os.path.basename(p): why for p, why in data.unreadable.items()}
    assert "NaN" in reasons["nan.wav"]
    assert "truncated" in reasons["cut.wav"]
    link = "link to a pipe"  # is the same song as the pipe
    assert set(reasons) - {"nan.wav", "cut.wav"} == {
        path.name for kind, path in special.items() if kind not in ("folder", link)
    }
    assert "named pipe" in reasons["pipe.wav"]


def test_a_genre_without_a_song_is_named(tmp_path):
    songs(tmp_path, "dub/a.wav", "dub/b.wav", "waltz/c.wav")
    (tmp_path / "waltz/c.wav").write_bytes(b"no audio")
    with pytest.warns(UserWarning, match="No song is left of waltz") as caught:
        data = load_folder(tmp_path, on_error="skip")
    assert data.target_names.tolist() == ["dub"]
    assert caught[0].filename == __file__


def test_tags_and_other_columns_stay_with_their_file(tmp_path):
    rows = ["path,tags,mood", "a.wav,x|y,1", "b.wav,y,2", "c.wav,z,3"]
    songs(tmp_path, "a.wav", "b.wav", "c.wav")
    table = write(tmp_path / "songs.csv", "\n".join(rows))
    (tmp_path / "b.wav").write_bytes(b"")
    with pytest.raises(ValueError, match="1 are empty"):
        load_manifest(table)
    with pytest.warns(UserWarning, match=r"1 of 3 .*b\.wav \(the file is empty"):
        data = load_manifest(table, on_error="skip")
    assert data.extra["mood"].tolist() == ["1", "3"]
    # as many tags as files: the names of the tags are no entries of files
    assert data.tag_names.tolist() == data.target_names.tolist() == ["x", "y", "z"]
    assert data.tags.tolist() == data.target.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert data.missing == []
    (tmp_path / "a.wav").unlink()
    with pytest.raises(ValueError, match="1 are missing"):
        load_manifest(table, on_error="skip")


def test_pairs_of_duplicates_stay_whole(tmp_path):
    clips = ["disco.00098", "disco.00099", "hiphop.00039", "hiphop.00045"]
    songs(tmp_path, *(f"{clip}.wav" for clip in clips))
    whole = load_gtzan(tmp_path, allow_partial=True)
    pairs = whole.duplicates.tolist()
    assert len(pairs) == 2
    spoiled = pairs[0][0]
    (tmp_path / f"{spoiled}.wav").write_bytes(b"no audio")
    with pytest.raises(ValueError, match="1 files are empty or no audio"):
        load_gtzan(tmp_path, allow_partial=True)
    with pytest.warns(UserWarning, match="1 of 4 audio files"):
        left = load_gtzan(tmp_path, allow_partial=True, on_error="skip")
    assert spoiled not in left.clips
    assert left.duplicates.tolist() == [p for p in pairs if spoiled not in p]


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_files_are_decoded_in_parallel(tmp_path, backend):
    songs(tmp_path, *(f"dub/{k}.wav" for k in range(6)))
    (tmp_path / "dub/3.wav").write_bytes(b"no audio")
    warned = pytest.warns(UserWarning, match="1 of 6")
    with joblib.parallel_config(backend, n_jobs=2), warned:
        data = load_folder(tmp_path, on_error="skip")
    assert [os.path.basename(p) for p in data.paths] == [
        f"{k}.wav" for k in (0, 1, 2, 4, 5)
    ]
