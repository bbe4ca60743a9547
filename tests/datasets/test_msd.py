"""The Million Song Dataset, on made-up and real track files."""

import zipfile

import numpy as np
import pytest
from helpers import FIELDS
from track_files import msd

from sklearn_genre import load_msd

h5py = pytest.importorskip("h5py")


def test_msd(tmp_path):
    a = msd(tmp_path, "TRBBB", artist="AR2", shop=-1)
    b = msd(tmp_path, "TRAAA")
    (tmp_path / "readme.txt").write_text("x")
    labels = {"TRAAA": "Rock", "TRBBB": ("Jazz", "Vocal"), "TRZZZ": "Rap"}
    data = load_msd(tmp_path, labels=labels, statistics=["mean", "std", "median"])
    assert set(data) >= FIELDS
    assert data.ids.tolist() == ["TRAAA", "TRBBB"]
    assert data.target.tolist() == ["Rock", "Jazz"]
    assert data.second.tolist() == ["", "Vocal"]
    assert data.groups.tolist() == ["AR1", "AR2"]
    assert data.artist.tolist() == ["Björk", "Björk"]
    assert data.track_7digitalid.tolist() == ["7", ""]
    assert [p[-10:] for p in data.paths] == ["A/TRAAA.h5", "B/TRBBB.h5"]
    assert [p[-10:] for p in data.ignored] == ["readme.txt"]
    assert data.data.shape == (2, len(data.feature_names))
    X = dict(zip(data.feature_names.tolist(), data.data.T, strict=True))
    for row, arrays in enumerate([b, a]):
        timbre = arrays["segments_timbre"]
        for k in range(12):
            assert X[f"timbre{k}_mean"][row] == pytest.approx(timbre[:, k].mean())
            assert X[f"timbre{k}_std"][row] == pytest.approx(timbre[:, k].std())
            pitch = np.sort(arrays["segments_pitches"][:, k])
            median = (pitch[19] + pitch[20]) / 2
            assert X[f"pitches{k}_median"][row] == pytest.approx(median)
        level = arrays["segments_loudness_start"].mean()
        assert X["loudness_start_mean"][row] == pytest.approx(level)
    assert X["segments_per_second"].tolist() == [2.0, 2.0]
    np.testing.assert_allclose(X["beats_per_second"], 2.0)
    assert X["loudness"].tolist() == [-7.5, -7.5]
    keys = [name for name in X if name.startswith("key_") and X[name].all()]
    assert keys == ["key_a"]


def test_msd_choice_of_features(tmp_path):
    timbre = msd(tmp_path, "TRAAA")["segments_timbre"]
    data = load_msd(tmp_path, features=["timbre"], statistics=["min", "max", "cov"])
    assert data.data.shape == (1, 12 + 12 + 66)
    np.testing.assert_allclose(data.data[0, :12], timbre.min(axis=0))
    np.testing.assert_allclose(data.data[0, 12:24], timbre.max(axis=0))
    centered = timbre - timbre.mean(axis=0)
    wanted = (centered[:, 0] * centered[:, 11]).sum() / (len(timbre) - 1)
    at = data.feature_names.tolist().index("timbre0_timbre11_cov")
    assert data.data[0, at] == pytest.approx(wanted)
    assert data.target is data.second is None
    assert load_msd(tmp_path, features=["key"]).data.shape == (1, 15)


def test_msd_one_file(tmp_path):
    msd(tmp_path, "TRAAA")
    msd(tmp_path, "TRBBB")
    one = load_msd(tmp_path / "B" / "TRBBB.h5", labels={"TRBBB": "Jazz"})
    assert one.ids.tolist() == ["TRBBB"]
    assert one.ignored == []
    np.testing.assert_array_equal(one.data[0], load_msd(tmp_path).data[1])


def test_msd_without_segments(tmp_path):
    msd(tmp_path, "TRAAA", n_segments=0, n_beats=1)
    data = load_msd(tmp_path, statistics=["mean", "cov"])
    gone = [n for n, v in zip(data.feature_names, data.data[0], strict=True) if v != v]
    rest = set(data.feature_names.tolist()) - set(gone)
    assert "beats_per_second" in gone
    assert all(name.endswith(("_mean", "_cov", "beats_per_second")) for name in gone)
    assert not any(name.endswith(("_mean", "_cov")) for name in rest)


def test_msd_summary_file(tmp_path):
    msd(tmp_path, "TRAAA")
    msd(tmp_path, "TRBBB", n_songs=3, name="subset_msd_summary_file")
    with pytest.warns(UserWarning, match=r"1 \.h5 files .*summary_file\.h5"):
        data = load_msd(tmp_path)
    assert data.ids.tolist() == ["TRAAA"]
    assert len(data.ignored) == 1


def test_msd_labels_and_split(tmp_path):
    for track in ("TRAAA", "TRBBB", "TRCCC"):
        msd(tmp_path / "h5", track)
    labels = tmp_path / "genres.cls.zip"
    with zipfile.ZipFile(labels, "w") as file:
        file.writestr("genres.cls", "# x\nTRAAA\tRock\nTRCCC\tPop\tRap\n")
    with pytest.raises(ValueError, match="1 of 3 rows have no label: TRBBB"):
        load_msd(tmp_path / "h5", labels=labels)
    split = {"train": ["TRAAA"], "test": ["TRCCC", "TRZZZ"]}
    params = {"labels": labels, "unlabeled": "drop", "split": split}
    with pytest.raises(ValueError, match=r"split names 1 ids .* TRZZZ"):
        load_msd(tmp_path / "h5", **params)
    data = load_msd(tmp_path / "h5", allow_partial=True, **params)
    assert data.ids.tolist() == ["TRAAA", "TRCCC"]
    assert data.split.tolist() == ["train", "test"]
    assert data.unlabeled == ["TRBBB"]


def test_msd_wrong_files(tmp_path):
    with pytest.raises(ValueError, match="no track file"):
        load_msd(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_msd(tmp_path / "nowhere")
    msd(tmp_path / "a", "TRAAA", name="TRXXX")
    with pytest.raises(ValueError, match=r"TRXXX\.h5' holds track 'TRAAA'"):
        load_msd(tmp_path / "a")
    msd(tmp_path / "b", "TRAAA", n_songs=3)
    with pytest.raises(ValueError, match="holds 3 songs"):
        load_msd(tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "TRAAA.h5").write_bytes(b"junk")
    with pytest.raises(ValueError, match=r"TRAAA\.h5' is damaged"):
        load_msd(tmp_path / "c")
    with h5py.File(tmp_path / "c" / "TRAAA.h5", "w") as file:
        file["x"] = [1.0]
    with pytest.raises(
        ValueError, match=r"TRAAA\.h5' is damaged or not a Million Song"
    ):
        load_msd(tmp_path / "c")
    path = tmp_path / "e" / "A" / "TRAAA.h5"
    msd(tmp_path / "e", "TRAAA")
    with h5py.File(path, "a") as file:
        song = file["analysis/songs"][:][["duration", "track_id"]]
        del file["analysis/songs"]
        file["analysis/songs"] = np.array(song.tolist(), dtype=song.dtype)
    with pytest.raises(ValueError, match=r"TRAAA\.h5' is damaged or not .* loudness"):
        load_msd(tmp_path / "e")
    msd(tmp_path / "f", "TRAAA")
    msd(tmp_path / "g", "TRBBB")
    with h5py.File(tmp_path / "f" / "A" / "TRAAA.h5", "a") as file:
        del file["analysis/beats_start"]
        other = str(tmp_path / "g" / "B" / "TRBBB.h5")
        file["analysis/beats_start"] = h5py.ExternalLink(other, "analysis/beats_start")
    with pytest.raises(ValueError, match=r"TRAAA\.h5' is damaged .* in another file"):
        load_msd(tmp_path / "f")
    msd(tmp_path / "d" / "one", "TRAAA")
    msd(tmp_path / "d" / "two", "TRAAA")
    with pytest.raises(ValueError, match="clip TRAAA occurs twice"):
        load_msd(tmp_path / "d")


@pytest.mark.parametrize(
    "params",
    [
        {"features": "timbre"},
        {"features": ["energy"]},
        {"features": []},
        {"statistics": ["mean", "mean"]},
    ],
)
def test_msd_parameters(tmp_path, params):
    with pytest.raises(ValueError, match=next(iter(params))):
        load_msd(tmp_path, **params)


def test_msd_real_files(data_dir):
    folder = data_dir / "msd"
    labels = folder / "msd_tagtraum_cd1.cls.zip"
    data = load_msd(folder / "h5", labels=labels)
    files = sorted((folder / "h5").iterdir())
    assert len(files) == 45
    assert data.ids.tolist() == [path.stem for path in files]
    assert data.ignored == data.unlabeled == []
    assert data.data.shape == (45, 74)
    assert np.isfinite(data.data).all()
    assert data.track_7digitalid[:3].tolist() == ["2630692", "6804676", "1021811"]
    with zipfile.ZipFile(labels) as archive:
        text = archive.read("msd_tagtraum_cd1.cls").decode()
    rows = [line.split("\t") for line in text.splitlines() if line[0] != "#"]
    genre = {row[0]: row[1] for row in rows}
    assert data.target.tolist() == [genre[track] for track in data.ids]
    assert len(genre) == 133_676
    assert "133,676" in data.DESCR
    with h5py.File(files[7]) as file:
        tempo = file["analysis/songs"]["tempo"][0]
        timbre = file["analysis/segments_timbre"][:, 3]
    names = data.feature_names.tolist()
    assert data.data[7, names.index("tempo")] == tempo
    assert data.data[7, names.index("timbre3_mean")] == pytest.approx(timbre.mean())
