"""From a saved model to the genre of songs: quick to start, steady over many files."""

import os
import pickle
import subprocess
import sys
from typing import ClassVar

import joblib
import numpy as np
import pytest
import soundfile
import torch
from helpers import special_files, tagger, within
from joblib.externals.loky import get_reusable_executor
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sklearn_genre import (
    CNNClassifier,
    DenseClassifier,
    FullyConvolutionalClassifier,
    MelSpectrogram,
    SummaryStats,
    predict_files,
    to_device,
)
from sklearn_genre.prediction import top_labels


@pytest.fixture
def clips(rng):
    y = np.repeat(["calm", "loud"], 6)
    return rng.normal(size=(12, 8, 20)).astype(np.float32), y


@pytest.fixture
def cnn(clips):
    return CNNClassifier(n_filters=(4,), max_epochs=2, random_state=0).fit(*clips)


# -- a loaded net ---------------------------------------------------------------------
@pytest.mark.slow
def test_a_loaded_net_predicts_without_what_training_needs(cnn, clips, tmp_path):
    joblib.dump(cnn, tmp_path / "model.joblib")
    np.save(tmp_path / "X.npy", clips[0])
    program = (
        "import sys, joblib, numpy as np\n"
        f"model = joblib.load({str(tmp_path / 'model.joblib')!r})\n"
        f"X = np.load({str(tmp_path / 'X.npy')!r})\n"
        "np.save(sys.argv[1], model.predict_proba(X))\n"
        "print('torch._dynamo' in sys.modules)\n"
        "model.partial_fit(X[:2], ['calm', 'loud'])\n"
        "print('torch._dynamo' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "proba.npy")],
        capture_output=True,
        text=True,
        check=True,
    )
    # the second line shows that the module is what training loads
    assert done.stdout.split() == ["False", "True"]
    expected = cnn.predict_proba(clips[0])
    np.testing.assert_array_equal(np.load(tmp_path / "proba.npy"), expected)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", torch.optim.RMSprop])
def test_the_optimizer_of_a_loaded_net_is_the_saved_one(clips, optimizer):
    X, y = clips
    params = dict(lr=0.01, weight_decay=0.1, max_epochs=2, save_optimizer=True)
    cnn = CNNClassifier(n_filters=(4,), optimizer=optimizer, random_state=0, **params)
    cnn.fit(X, y)
    loaded = pickle.loads(pickle.dumps(cnn))
    twice = pickle.loads(pickle.dumps(loaded))
    for other in (loaded, twice):
        made = other.net_.optimizer_
        assert type(made) is type(cnn.net_.optimizer_)
        assert made is other.net_.optimizer_
        assert made.param_groups[0]["lr"] == 0.01
        assert made.param_groups[0]["weight_decay"] == 0.1
        state, saved = made.state_dict(), cnn.net_.optimizer_.state_dict()
        for key, values in saved["state"].items():
            for name, value in values.items():
                assert torch.equal(state["state"][key][name], torch.as_tensor(value))
    assert len(cnn.net_.optimizer_.state_dict()["state"]) == (
        0 if optimizer == "sgd" else len(list(cnn.net_.module_.parameters()))
    )


def test_a_loaded_net_trains_on_as_if_it_had_not_been_saved(cnn, clips):
    cnn.set_params(save_optimizer=True)
    loaded = pickle.loads(pickle.dumps(cnn)).set_params(warm_start=True, lr=0.01)
    cnn.set_params(warm_start=True, lr=0.01)
    X, y = clips
    cnn.random_state = loaded.random_state = 1
    cnn._generator = None
    expected = cnn.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(loaded.fit(X, y).predict_proba(X), expected)


# -- many files -----------------------------------------------------------------------
@pytest.fixture
def songs(rng, tmp_path):
    """Twelve files, loud and quiet ones by turns."""
    folder = tmp_path / "songs"
    folder.mkdir()
    paths = [folder / f"{i:02}.wav" for i in range(12)]
    for i, path in enumerate(paths):
        wave = rng.normal(size=2205) * (0.2 if i % 2 else 0.002)
        soundfile.write(path, wave.clip(-1, 1), 22050)
    return paths


class Watched(MelSpectrogram):
    """Notes how many files come at a time."""

    sizes = ()

    def transform(self, X):
        Watched.sizes += (len(X),)
        return super().transform(X)


def pipeline(last, **params):
    params = dict(n_mels=8, n_fft=256, hop_length=256) | params
    return make_pipeline(Watched(**params), SummaryStats(), last)


@pytest.fixture
def model(songs):
    last = make_pipeline(StandardScaler(), LogisticRegression())
    return pipeline(last).fit(songs, ["calm", "loud"] * 6)


def test_files_are_predicted_a_batch_at_a_time(model, songs):
    Watched.sizes = ()
    found = predict_files(model, songs[0].parent, batch_size=5)
    first = next(found)
    assert Watched.sizes == (5,)
    found = [first, *found]
    assert Watched.sizes == (5, 5, 2)
    assert [p.path for p in found] == [str(path) for path in songs]
    proba = model.predict_proba(songs)
    for p, row in zip(found, proba, strict=True):
        assert p.labels == ("calm", "loud")[:: 1 if row[0] > row[1] else -1]
        # scikit-learn multiplies a batch of float32 in another order than a whole
        assert p.proba == pytest.approx(sorted(row, reverse=True), abs=1e-6)
        assert p.error is None
    assert [p.labels[0] for p in predict_files(model, songs, top=1)] == [
        *model.predict(songs)
    ]


@pytest.fixture
def two_processes():
    with joblib.parallel_config("loky", n_jobs=2):
        yield
    get_reusable_executor().shutdown(wait=True)


class Telling(MelSpectrogram):
    """Leaves a note on every process that it works in."""

    def transform(self, X):
        open(os.path.join(os.path.dirname(X[0]), f"{os.getpid()}.pid"), "w").close()
        return super().transform(X)


def test_other_processes_predict_what_one_does(model, songs, two_processes):
    folder = songs[0].parent
    (folder / "bad.wav").write_bytes(b"no audio")
    expected = list(predict_files(model, [*songs, folder], n_jobs=1, batch_size=2))
    model[0].__class__ = Telling
    found = predict_files(model, [*songs, folder], batch_size=2)
    assert list(found) == expected
    assert sum(one.error is not None for one in expected) == 1
    pids = {int(note.stem) for note in folder.glob("*.pid")}
    assert pids
    assert os.getpid() not in pids


def test_a_bad_file_costs_only_its_own_prediction(model, songs):
    songs[3].write_bytes(b"no audio")
    found = list(predict_files(model, songs, batch_size=4))
    assert [p.error is None for p in found] == [i != 3 for i in range(12)]
    assert "03.wav" in found[3].error
    assert found[3].labels == found[3].proba == ()
    good = [path for path in songs if path != songs[3]]
    expected = [p.labels for p in predict_files(model, good)]
    assert [p.labels for p in found if not p.error] == expected


def test_a_name_that_is_no_text_is_predicted_too(model, songs):
    odd = os.fsdecode(os.path.join(os.fsencode(songs[0].parent), b"bad\xff.wav"))
    try:
        os.rename(songs[0], odd)
    except OSError:
        pytest.skip("names here are always text")
    found = {p.path: p for p in predict_files(model, songs[0].parent)}
    assert set(found) == {odd, *map(str, songs[1:])}
    assert all(p.error is None for p in found.values())
    # as text it can be printed anywhere
    assert str(found[odd]).encode().startswith(os.fsencode(odd)[:-5] + rb"\xff.wav")


def test_files_of_every_kind_beside_good_ones(model, songs, tmp_path):
    songs[3].write_bytes(b"no audio")
    songs[5].write_bytes(b"")
    with special_files(tmp_path) as special:
        mixed = [*songs[:6], *special.values(), *songs[6:]]
        found = within(60, lambda: list(predict_files(model, mixed, batch_size=4)))
    assert [p.path for p in found] == [str(path) for path in mixed]
    for p in found:
        bad = p.path in {str(songs[3]), str(songs[5]), *map(str, special.values())}
        if bad and p.path == str(special["folder"]):
            assert "no audio file in it" in p.error
        elif bad:
            assert p.error.startswith(f"{p.path}: ")
        else:
            assert p.error is None


def test_a_folder_that_cannot_be_listed_stops_no_other(model, songs, monkeypatch):
    secret = songs[0].parent / "secret"
    secret.mkdir()
    scandir = os.scandir

    def refusing(path):
        if os.path.basename(path) == "secret":
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = list(predict_files(model, [songs[0].parent, secret]))
    assert [p.path for p in found if p.error is None] == [str(path) for path in songs]
    wrong = [p for p in found if p.error]
    assert [p.path for p in wrong] == [str(secret), str(secret)]
    for p in wrong:
        assert "secret: this folder cannot be listed (Permission denied)" in p.error


class Picky(MelSpectrogram):
    """Fails for the clips of some names, with errors that are no AudioError."""

    errors: ClassVar[dict] = {}

    def transform(self, X):
        for clip in X:
            error = self.errors.get(os.path.basename(clip))
            if error is not None:
                raise error
        return super().transform(X)


@pytest.fixture
def picky(songs):
    front_end = Picky(n_mels=8, n_fft=256, hop_length=256, duration=0.1)
    last = LogisticRegression()
    return make_pipeline(front_end, SummaryStats(), last).fit(
        songs, ["calm", "loud"] * 6
    )


@pytest.mark.parametrize("first", [True, False])
def test_any_error_of_one_file_is_its_own(picky, songs, monkeypatch, first):
    errors = [ValueError("odd\nsecond line"), MemoryError(), RuntimeError("x")]
    bad = dict(zip(("00.wav", "05.wav", "11.wav"), errors, strict=True))
    monkeypatch.setattr(Picky, "errors", bad)
    # alone, in the first batch and beside others
    files = songs[:1] if first else songs
    found = list(predict_files(picky, files, batch_size=4))
    wrong = {os.path.basename(p.path): p.error for p in found if p.error}
    if first:
        assert set(wrong) == {"00.wav"}
        return
    assert set(wrong) == set(bad)
    assert wrong["00.wav"].endswith(
        "00.wav: it cannot be used (ValueError: odd). Replace it, or leave it out."
    )
    assert "too little memory" in wrong["05.wav"]


def test_ctrl_c_is_no_fault_of_a_file(picky, songs, monkeypatch):
    monkeypatch.setattr(Picky, "errors", {"01.wav": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        list(predict_files(picky, songs))


def test_what_would_happen_to_every_file_is_raised(model, songs, monkeypatch):
    monkeypatch.setattr(type(model), "predict_proba", lambda *_: "\udcff".encode())
    with pytest.raises(UnicodeEncodeError) as caught:
        list(predict_files(model, songs))
    assert "00.wav" in caught.value.__notes__[0]


def test_songs_of_unequal_length(songs, rng):
    soundfile.write(songs[1], 0.2 * rng.normal(size=4410).clip(-1, 1), 22050)
    last = FullyConvolutionalClassifier(n_filters=(4, 4), pool_size=2, max_epochs=1)
    model = make_pipeline(MelSpectrogram(n_mels=8, n_fft=256, hop_length=256), last)
    model.fit(songs[2:], ["calm", "loud"] * 5)
    found = list(predict_files(model, songs[:3]))
    for p, song in zip(found, songs, strict=False):
        assert p.proba[0] == pytest.approx(model.predict_proba([song]).max())


def test_models_without_probabilities_and_with_tags(songs, rng):
    svm = pipeline(LinearSVC(C=1e-6)).fit(songs, ["calm", "loud"] * 6)
    found = list(predict_files(svm, songs[:2], n_jobs=2))
    assert [p.labels for p in found] == [(label,) for label in svm.predict(songs[:2])]
    assert found[0].proba == ()
    tags = rng.integers(0, 2, size=(12, 3))
    tagger = pipeline(DenseClassifier(max_epochs=1, random_state=0)).fit(songs, tags)
    (p,) = predict_files(tagger, songs[:1], top=2)
    proba = tagger.predict_proba(songs[:1])[0]
    assert p.labels == tuple(np.argsort(-proba)[:2].tolist())
    assert p.proba == pytest.approx(np.sort(proba)[:0:-1])


def test_top_labels():
    X, y = make_multilabel_classification(n_classes=4, random_state=0)
    for model in (tagger(), KNeighborsClassifier()):
        model.fit(X, y)
        proba = model.predict_proba(X)
        if isinstance(proba, list):
            proba = np.stack([q[:, 1] for q in proba], axis=1)
        best = top_labels(model, X, top=2, names=["a", "b", "c", "d"])
        for row, (first, second) in zip(proba, best, strict=True):
            assert first[1] == row.max()
            assert second[1] == np.sort(row)[-2]
            assert row["abcd".index(first[0])] == row.max()
        assert len(top_labels(model, X)[0]) == 3
        for top in (99, None):
            assert [name for name, _ in sorted(top_labels(model, X, top=top)[0])] == [
                *range(4)
            ]
    with pytest.raises(ValueError, match="one name for each of 4"):
        top_labels(model, X, names=["a"])
    with pytest.raises(ValueError, match="top must be"):
        top_labels(model, X, top=0)


def test_tags_of_a_forest_whose_probabilities_are_a_list(songs, rng):
    y = rng.integers(0, 2, size=(12, 3))
    y[:, 2] = 0  # its list has one column for this tag
    model = pipeline(RandomForestClassifier(5, random_state=0)).fit(songs, y)
    expected = [q[0, -1] for q in model.predict_proba(songs[:1])]
    expected[2] = 0.0
    (p,) = predict_files(model, songs[:1])
    assert dict(zip(p.labels, p.proba, strict=True)) == dict(enumerate(expected))


def test_what_is_not_the_fault_of_a_file_is_raised(model, songs):
    with pytest.raises(ValueError, match="top"):
        predict_files(model, songs, top=0)
    with pytest.raises(ValueError, match="batch_size"):
        predict_files(model, songs, batch_size=None)
    model[0].set_params(n_mels=9)
    with pytest.raises(ValueError, match="8 features") as caught:
        list(predict_files(model, songs))
    assert "00.wav" in caught.value.__notes__[0]


# -- devices --------------------------------------------------------------------------
def test_every_network_of_a_model_moves(cnn, clips):
    X, y = clips
    pair = VotingClassifier(
        [("one", CNNClassifier(n_filters=(4,), max_epochs=1)), ("two", cnn)],
        voting="soft",
    ).fit(X, y)
    expected = pair.predict_proba(X)
    before = [part.net_ for part in pair.estimators_]
    assert to_device(pair, "auto") is pair
    for part, net in zip(pair.estimators_, before, strict=True):
        assert part.device == "auto"
        assert part.net_ is not net
        assert part.net_.device == "cuda" if torch.cuda.is_available() else "cpu"
    np.testing.assert_allclose(pair.predict_proba(X), expected, rtol=1e-3)


def test_audio_transformers_move_too(model):
    to_device(model, "cpu")
    assert model[0].device == "cpu"
    with pytest.raises(ValueError, match="abacus"):
        to_device(model, "abacus")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_there(cnn, clips):
    before = cnn.net_
    with pytest.raises(ValueError, match="CUDA is not available"):
        to_device(cnn, "cuda")
    assert cnn.net_ is before
    assert cnn.device == "cpu"
