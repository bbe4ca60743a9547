"""Models that are saved and loaded: what is kept, refused, replaced and said."""

import copy
import json
import multiprocessing
import os
import signal
import time
import warnings
import zipfile

import joblib
import numpy as np
import pytest
import torch
from helpers import (
    SMALL,
    public_estimators,
    small,
    small_cnn,
    special_files,
    within,
)
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

import sklearn_genre
from sklearn_genre import (
    FeatureCache,
    HybridClassifier,
    MelSpectrogram,
    SummaryStats,
    load_model,
    save_model,
)
from sklearn_genre.neural import NeuralClassifier
from sklearn_genre.pretrained import _model_file as model_file
from sklearn_genre.pretrained import model_card
from sklearn_genre.pretrained._known import find_type


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


@pytest.fixture(scope="module")
def table():
    X = np.random.default_rng(0).normal(size=(60, 4))
    return np.abs(X), np.array(["dub", "jazz", "waltz"] * 20)


def again(model, path, **how):
    save_model(model, path, **how)
    return load_model(path, **how)


def answers(model, X):
    wanted = ("predict_proba", "decision_function", "predict", "transform")
    return {name: getattr(model, name)(X) for name in wanted if hasattr(model, name)}


def assert_same(one, other, X):
    expected, found = answers(one, X), answers(other, X)
    assert expected.keys() == found.keys() != set()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


VOTING = VotingClassifier(
    [("lr", LogisticRegression()), ("rf", RandomForestClassifier(3))], voting="soft"
)
KEPT = [
    SVC(),
    SVC(kernel="linear", decision_function_shape="ovo"),
    LogisticRegression(),
    RandomForestClassifier(5, random_state=0, n_jobs=2),
    GradientBoostingClassifier(n_estimators=2, random_state=np.random.RandomState(0)),
    HistGradientBoostingClassifier(max_iter=2),
    CalibratedClassifierCV(SVC()),
    SGDClassifier(),
    KNeighborsClassifier(algorithm="brute"),
    VOTING,
    make_pipeline(StandardScaler(), PCA(2, random_state=0), LogisticRegression()),
    make_pipeline(SelectKBest(k=2), FunctionTransformer(np.log1p), VOTING),
    make_pipeline(StandardScaler(), memory="folder that nobody has"),
]


@pytest.mark.parametrize("model", KEPT, ids=lambda model: str(model)[:30])
def test_models_of_scikit_learn(model, table, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model.fit(*table)
    assert_same(model, again(model, path), table[0])


@pytest.mark.parametrize(
    "model",
    [
        OneVsRestClassifier(LogisticRegression()),
        RandomForestClassifier(3, random_state=0),
        small_cnn(max_epochs=1),
    ],
    ids=str,
)
def test_tags(model, table, path):
    Y = (np.random.default_rng(1).random((60, 3)) > 0.5).astype(int)
    model.fit(table[0], Y)
    loaded = again(model, path)
    assert_same(model, loaded, table[0])
    assert loaded.predict(table[0]).dtype == model.predict(table[0]).dtype


def test_the_best_of_a_search(table, path):
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}).fit(*table)
    assert_same(search.best_estimator_, again(search.best_estimator_, path), table[0])
    with pytest.raises(ValueError, match="only the best_estimator_ is kept"):
        save_model(search, path)


NETWORKS = [kind for kind in SMALL if issubclass(kind, NeuralClassifier)]


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
def test_networks(kind, clips, path):
    X, y = clips
    params = {}
    if kind is HybridClassifier:
        params["table"] = SummaryStats()
    model = small(kind, max_epochs=1, lr=1e-3, **params).fit(X, y)
    loaded = again(model, path)
    assert_same(model, loaded, X)
    assert loaded.history_ == model.history_


@pytest.mark.parametrize(
    "params",
    [
        {"augment": sklearn_genre.Augmentation(crop=16, mixup=0.2)},
        {"early_stopping": True, "validation_fraction": 0.3},
        {"optimizer": torch.optim.RMSprop, "optimizer__alpha": 0.9},
        {"precision": "float64", "init": "he", "standardize": False},
        {"precision": "bfloat16", "lr_schedule": "one_cycle", "init": 0.1},
        {"class_weight": "balanced", "label_smoothing": 0.1, "kernel_size": (3, 5)},
    ],
    ids=str,
)
def test_parameters_of_networks(params, clips, path):
    X, y = clips
    model = small_cnn(max_epochs=1).set_params(**params).fit(X, y)
    loaded = again(model, path)
    assert_same(model, loaded, X)
    assert str(loaded.get_params()) == str(model.get_params())
    loaded.fit(X, y)
    np.testing.assert_array_equal(model.fit(X, y).predict(X), loaded.predict(X))


def test_objects_that_occur_twice_are_one(table, path):
    loaded = again(VOTING.fit(*table), path)
    assert loaded.estimators_[0] is loaded.named_estimators_["lr"]


def test_the_same_model_gives_the_same_file(table, path):
    # trees hold bytes between their numbers that nobody sets
    model = make_pipeline(StandardScaler(), SVC()).fit(*table)
    save_model(model, path)
    first = path.read_bytes()
    save_model(copy.deepcopy(model), path)
    assert path.read_bytes() == first


# -- what belongs to the one who loads ------------------------------------------------
def test_where_to_compute_is_not_saved(clips, path, tmp_path):
    X, y = clips
    model = small_cnn(max_epochs=1, verbose=0).fit(X, y)
    expected = model.predict_proba(X)
    model.set_params(device="auto", verbose=1)
    loaded = again(model, path)
    assert (loaded.device, loaded.verbose, loaded.net_.verbose) == ("cpu", 0, 0)
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)
    audio = np.random.default_rng(0).normal(size=(4, 8192))
    front_end = MelSpectrogram(cache=FeatureCache(tmp_path / "cache"), n_jobs=2)
    pipe = make_pipeline(front_end, SummaryStats(), LogisticRegression(), memory=None)
    pipe.fit(audio, [0, 0, 1, 1]).set_params(memory=str(tmp_path / "memory"))
    loaded = again(pipe, path)
    assert (loaded[0].cache, loaded[0].n_jobs, loaded.memory) == (None, None, None)
    assert str(tmp_path).encode() not in path.read_bytes()


class Shout:
    """What no file may hold."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        pass


def test_callbacks_are_left_out_with_a_warning(clips, path):
    model = small_cnn(max_epochs=1).fit(*clips)
    model.set_params(iterator_train__drop_last=True, optimizer__betas=(0.8, 0.9))
    named = r"^CNNClassifier\.net_params\['iterator_train__drop_last'\] are not saved"
    with pytest.warns(UserWarning, match=named):
        save_model(model, path)
    assert load_model(path).net_params == {"optimizer__betas": (0.8, 0.9)}
    model.set_params(net_params={"module__dropout": 0.1})
    with pytest.raises(ValueError, match="net_params: module__dropout changes the net"):
        save_model(model, path)


def test_no_callbacks_are_no_loss(clips, path):
    model = small_cnn(max_epochs=1, callbacks=[]).fit(*clips)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_model(model, path)
    assert load_model(path).callbacks is None


# -- what is refused ------------------------------------------------------------------
class Mine(StandardScaler):
    """A class of the user's."""


def test_classes_of_the_user(table, path):
    model = make_pipeline(Mine(), LogisticRegression()).fit(*table)
    with pytest.raises(ValueError, match=r"steps\[0\]\[1\]: .*Mine is not among.*jobl"):
        save_model(model, path)
    assert_same(model, again(model, path, trusted=[Mine]), table[0])
    with pytest.raises(ValueError, match="Mine is not among the known types"):
        load_model(path)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (FunctionTransformer(lambda X: X), r"steps\[0\]\[1\]\.func: the function"),
        (FunctionTransformer(copy.copy), r"steps\[0\]\[1\]\.func: the function copy"),
        (KNeighborsClassifier(), r'steps\[0\]\[1\]\._tree: .*algorithm="brute"'),
    ],
    ids=["lambda", "function", "tree"],
)
def test_the_part_that_does_not_fit_is_named(part, words, table, path):
    steps = [part] if hasattr(part, "predict") else [part, LogisticRegression()]
    model = make_pipeline(*steps).fit(*table)
    with pytest.raises(ValueError, match=f"^this Pipeline does not fit .*{words}"):
        save_model(model, path)
    assert not path.exists()
    assert_same(model, model, table[0])


def test_the_part_that_skops_cannot_write_is_named(table, path):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(*table)
    model[1].odd_ = [1, (k for k in "ab")]
    with pytest.raises(ValueError, match=r"Pipeline\.steps\[1\]\[1\]\.odd_\[1\]: "):
        save_model(model, path)


def test_networks_changed_after_fit(clips, path):
    model = small_cnn(max_epochs=1).fit(*clips)
    model.set_params(n_filters=(3,))
    with pytest.raises(
        ValueError, match=r"trained with n_filters=\(6, 8\).*Set it bac"
    ):
        save_model(model, path)
    broken = small_cnn(max_epochs=1).fit(*clips)
    with torch.no_grad():
        next(broken.module_.parameters()).fill_(np.nan)
    with pytest.raises(
        ValueError, match=r"CNNClassifier: the weights .* are not finite"
    ):
        save_model(broken, path)


def test_every_public_estimator_is_known():
    kinds = [type(estimator) for estimator in public_estimators()]
    assert len(kinds) > 20
    # which would name what is downloaded
    outside = sklearn_genre.HuggingFaceEmbedding
    assert find_type(outside.__module__, outside.__name__) is None
    assert find_type(outside.__module__, outside.__name__, [outside]) is outside
    for kind in set(kinds) - {outside}:
        assert find_type(kind.__module__, kind.__name__) is kind


def test_arguments(table, path):
    model = LogisticRegression().fit(*table)
    for wrong in (None, 5, [path]):
        with pytest.raises(TypeError, match="path must be the path of a file"):
            save_model(model, wrong)
    for wrong in (None, "model", LogisticRegression, {"a": model}):
        with pytest.raises(TypeError, match="model must be an estimator"):
            save_model(wrong, path)
    with pytest.raises(NotFittedError):
        save_model(LogisticRegression(), path)
    with pytest.raises(TypeError, match="card must be text"):
        save_model(model, path, card={"data": "mine"})
    for wrong in (["numpy"], [LogisticRegression()]):
        with pytest.raises(TypeError, match="trusted must be a sequence of classes"):
            save_model(model, path, trusted=wrong)
        with pytest.raises(TypeError, match="trusted must be a sequence of classes"):
            load_model(path, trusted=wrong)


# -- what is in the file --------------------------------------------------------------
def test_the_card(table, path):
    model = LogisticRegression().fit(*table)
    save_model(model, path, card="# Mine\nblues \N{EM DASH} déjà vu")
    assert model_card(path) == "# Mine\nblues \N{EM DASH} déjà vu"
    assert zipfile.ZipFile(path).read("card.md").decode() == model_card(path)
    save_model(model, path)
    assert model_card(path) == ""
    with pytest.raises(FileNotFoundError, match="none"):
        model_card(path.with_name("none.skops"))
    for name in ("gtzan", "gtzan-scratch"):
        assert model_card(name).startswith(f"# {name}\n")


@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("sklearn_genre", "99.0", r"sklearn_genre 99\.0 \(now "),
        ("torch", "1.2.3", r"torch 1\.2\.3 \(now "),
        ("scikit-learn", "0.9", r"scikit-learn 0\.9 \(now "),
    ],
)
def test_other_versions_are_told(name, version, words, clips, path, monkeypatch):
    monkeypatch.setattr(model_file, "versions", lambda: VERSIONS | {name: version})
    model = make_pipeline(StandardScaler(), LogisticRegression())
    save_model(model.fit(clips[0][:, :, 0], clips[1]), path)
    monkeypatch.undo()
    with pytest.warns(UserWarning, match=rf"^'.*model\.skops' .*{words}") as told:
        load_model(path)
    assert len(told) == 1
    about = json.loads(zipfile.ZipFile(path).read("about.json"))
    assert about["versions"][name] == version


VERSIONS = model_file.versions()


# -- files ----------------------------------------------------------------------------
def test_joblib_by_its_ending(table, tmp_path):
    model = make_pipeline(FunctionTransformer(copy.copy), SVC()).fit(*table)
    for name in ("m.joblib", "m.pkl", "M.PKL"):
        assert_same(model, again(model, tmp_path / name), table[0])
        assert joblib.load(tmp_path / name).classes_[0] == "dub"
    with pytest.raises(ValueError, match=r"m\.joblib' .* holds no card"):
        save_model(model, tmp_path / "m.joblib", card="mine")


def test_pickles_of_other_names_are_not_run(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("gtzan", "model.skops", "model", "model.pickle", "model.npz"):
        joblib.dump(LogisticRegression().fit(*table), name)
        with pytest.raises(ValueError, match="cannot be loaded as a model"):
            load_model(tmp_path / name)
    with pytest.raises(ValueError, match="cannot be loaded as a model"):
        load_model("./gtzan")


def test_built_in_names_win(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_model(LogisticRegression().fit(*table), "gtzan")
    assert len(load_model("gtzan").classes_) == 10
    assert len(load_model("./gtzan").classes_) == 3


def test_what_is_no_file(tmp_path):
    with special_files(tmp_path, ".skops") as paths:
        for place in paths.values():
            with pytest.raises(OSError, match=r".+"):
                within(5, load_model, place)


def test_a_link_stays_a_link_and_modes_stay(table, tmp_path):
    model = LogisticRegression().fit(*table)
    (tmp_path / "real.skops").touch(mode=0o600)
    (tmp_path / "link.skops").symlink_to("real.skops")
    save_model(model, tmp_path / "link.skops")
    assert (tmp_path / "link.skops").is_symlink()
    assert (tmp_path / "real.skops").stat().st_mode & 0o777 == 0o600
    assert_same(model, load_model(tmp_path / "real.skops"), table[0])


def test_an_old_model_stays_when_the_new_one_cannot_be_written(table, path, tmp_path):
    resource = pytest.importorskip("resource")
    save_model(LogisticRegression().fit(*table), path, card="old")
    large = LogisticRegression().fit(np.ones((6, 9000)), [0, 1] * 3)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        for place in (path, path.with_suffix(".joblib"), tmp_path / "new.skops"):
            with pytest.raises(OSError, match="too large"):
                save_model(large, place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, old)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.skops"]
    assert model_card(path) == "old"


def save_for_ever(model, path, started):
    """Replace a file again and again."""
    from sklearn_genre._utils.files import replacing

    content, _ = model_file.to_bytes(model, "new")
    started.set()
    while True:
        with replacing(path) as file:
            for k in range(0, len(content), 4096):
                file.write(content[k : k + 4096])
                file.flush()


# the child does nothing but write
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("n_kills", [5, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_while_saving(n_kills, table, path):
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(*table)
    save_model(model, path, card="old")
    context = multiprocessing.get_context("fork")
    for k in range(n_kills):
        started = context.Event()
        saving = context.Process(target=save_for_ever, args=(model, path, started))
        saving.start()
        started.wait(20)
        time.sleep(0.002 * (k % 10))
        os.kill(saving.pid, signal.SIGKILL)
        saving.join()
        assert_same(model, load_model(path), table[0])
        assert model_card(path) in ("old", "new")
