"""Models as ONNX: what a runtime gives is what the model gives."""

import inspect
import json
import subprocess
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from helpers import SMALL
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_genre
from sklearn_genre import (
    MFCC,
    Augmentation,
    Autoencoder,
    BandScaler,
    CNNClassifier,
    CRNNClassifier,
    DeepSoftmaxAutoencoder,
    DenseClassifier,
    FixedLength,
    HybridClassifier,
    MelSpectrogram,
    MusicnnSpectrogram,
    NeuralClassifier,
    Resize,
    SampleCNNClassifier,
    ShrinkageDiscriminantAnalysis,
    Slicer,
    SliceVotingClassifier,
    Spectrogram,
    SummaryStats,
    TemporalCNNClassifier,
    TextureStats,
    Waveform,
    export_onnx,
    load_model,
    make_genre_audio,
    neural,
    recipes,
)
from sklearn_genre.features import texture
from sklearn_genre.pretrained import NAMES

TOLERANCE = 1e-4
EPOCH = dict(max_epochs=1, random_state=0)
NETWORKS = [
    getattr(neural, name)
    for name in neural.__all__
    if inspect.isclass(getattr(neural, name))
    and issubclass(getattr(neural, name), NeuralClassifier)
    and getattr(neural, name) is not NeuralClassifier
]
FEW = {
    **SMALL,
    CNNClassifier: dict(n_filters=(4, 4)),
    CRNNClassifier: dict(n_filters=(4, 4), pool_size=2),
    HybridClassifier: dict(
        n_filters=(4, 4), table=make_pipeline(BandScaler(), SummaryStats())
    ),
    DeepSoftmaxAutoencoder: dict(hidden_sizes=(8,), n_components=4),
}
MEL = dict(sample_rate=8000, n_fft=256, hop_length=128, n_mels=16)
# any number of frames, and slices, that the networks of fixed lengths do not take
ANY = (TemporalCNNClassifier, DenseClassifier, DeepSoftmaxAutoencoder)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.onnx")


@pytest.fixture
def waves(rng):
    """Nine waveforms of a second at 8 kHz, of three genres, with a silent part."""
    waves = 0.1 * rng.normal(size=(9, 8000)) * np.linspace(0, 1, 9)[:, None]
    waves[:, :500] = 0
    waves += 0.1 * np.sin(np.outer(np.arange(9) % 3 + 1, np.arange(8000)) / 8)
    return waves.astype(np.float32)


Y = np.array(["jazz", "metal", "pop"] * 3)


def fitted(model, X, y):
    """A model after fit, whose warnings of odd data say nothing here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


def run(path, X):
    """What the runtime gives for a file, which sees float32 only."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    (found,) = session.run(None, {taken.name: X.astype(np.float32)})
    return found


def about(path):
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def check_same(path, model, *inputs, given=lambda X: X):
    """The probabilities are the model's, whatever the number of clips."""
    for X in inputs:
        for n in (len(X), 1):
            found, expected = run(path, X[:n]), model.predict_proba(given(X[:n]))
            np.testing.assert_allclose(found, expected, atol=TOLERANCE, rtol=0)


# -- networks -------------------------------------------------------------------------
@pytest.mark.parametrize("multilabel", [False, True], ids=["genres", "tags"])
@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
def test_every_network(kind, multilabel, rng, path):
    X = rng.normal(2, 3, size=(9, 12, 33)).astype(np.float32)
    y = rng.integers(0, 2, size=(9, 4)) if multilabel else Y
    model = fitted(kind(**EPOCH, **FEW[kind]), X, y)
    export_onnx(model, path)
    longer = [] if kind in ANY else [rng.normal(size=(2, 12, 50)), X[:, :, :24]]
    check_same(path, model, X, *longer)
    assert json.loads(about(path)["multilabel"]) is multilabel
    assert json.loads(about(path)["classes"]) == model.classes_.tolist()


def test_several_spectrograms_as_channels(rng, path):
    X = rng.normal(size=(9, 12, 33)).astype(np.float32)
    model = fitted(cnn(n_channels=2), X, Y)
    export_onnx(model, path)
    check_same(path, model, X, rng.normal(size=(2, 12, 50)))


def test_nearly_the_length_of_fit(rng, path):
    X = rng.normal(size=(9, 8, 100)).astype(np.float32)
    model = fitted(cnn(pooling="max"), X, Y)
    export_onnx(model, path)
    longest = rng.normal(size=(3, 8, 103)).astype(np.float32)
    check_same(path, model, *(longest[:, :, :n] for n in (97, 98, 99, 101, 102, 103)))


def test_one_length_from_audio(waves, path):
    clips = [wave[: 8000 - 128 * (k % 2)] for k, wave in enumerate(waves)]
    model = make_pipeline(MelSpectrogram(**MEL), cnn(pooling=None))
    fitted(model, clips, Y)
    with pytest.raises(ValueError, match="CNNClassifier needs clips of one length"):
        export_onnx(model, path)
    export_onnx(model, path, n_frames=8000)
    check_same(path, model, waves, given=list)


@pytest.mark.parametrize("voting", ["soft", "hard", "max"])
@pytest.mark.parametrize("multilabel", [False, True], ids=["genres", "tags"])
def test_slices_vote(voting, multilabel, rng, path):
    X = rng.normal(size=(9, 3, 8, 20)).astype(np.float32)
    y = rng.integers(0, 2, size=(9, 4)) if multilabel else Y
    model = fitted(CNNClassifier(voting=voting, n_filters=(4,), **EPOCH), X, y)
    export_onnx(model, path)
    check_same(path, model, X, X[:, :1], rng.normal(size=(2, 5, 8, 31)))


def test_windows_of_random_crops(rng, path):
    X = rng.normal(size=(9, 8, 50)).astype(np.float32)
    crops = Augmentation(crop=16)
    model = fitted(CNNClassifier(augment=crops, n_filters=(4,), **EPOCH), X, Y)
    export_onnx(model, path)
    check_same(path, model, X, X[:, :, :16], *(X[:, :, :n] for n in (17, 33, 41)))
    # the model takes a shorter clip as one window; the graph does not guess
    with pytest.raises(Exception, match="out of"):
        run(path, X[:, :, :15])


class Recurrent(torch.nn.Module):
    def __init__(self, n_bands, n_frames, n_outputs):
        super().__init__()
        self.layer = torch.nn.LSTM(n_bands, 8, batch_first=True, bidirectional=True)
        self.out = torch.nn.Linear(16, n_outputs)

    def forward(self, X):
        return self.out(self.layer(X.transpose(1, 2))[0].mean(1))


class RecurrentClassifier(NeuralClassifier):
    _module = Recurrent


def test_a_network_of_the_user(rng, path):
    X = rng.normal(size=(9, 8, 20)).astype(np.float32)
    model = fitted(RecurrentClassifier(**EPOCH), X, Y)
    export_onnx(model, path)
    check_same(path, model, X, rng.normal(size=(2, 8, 31)))


def test_a_table_of_samples_is_one_channel(rng, path):
    X = rng.normal(size=(9, 81)).astype(np.float32)
    model = fitted(SampleCNNClassifier(n_filters=(4, 4), **EPOCH), X, Y)
    export_onnx(model, path)
    check_same(path, model, X)


def test_float64_and_bfloat16_become_float32(rng, path):
    X = rng.normal(size=(9, 8, 20))
    model = fitted(CNNClassifier(n_filters=(4,), **EPOCH), X, Y)
    export_onnx(model, path)
    check_same(path, model, X)
    model = CNNClassifier(n_filters=(4,), precision="bfloat16", **EPOCH)
    export_onnx(fitted(model, X, Y), path)
    np.testing.assert_allclose(run(path, X), model.predict_proba(X), atol=0.05)


def test_the_model_stays_as_it_is(rng, path):
    X = rng.normal(size=(9, 8, 20))
    model = fitted(CNNClassifier(n_filters=(4,), **EPOCH), X, Y)
    before = model.predict_proba(X)
    export_onnx(model, path)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert all(weight.requires_grad for weight in model.module_.parameters())


# -- from audio -----------------------------------------------------------------------
def cnn(**params):
    return CNNClassifier(n_filters=(4,), **EPOCH, **params)


def head():
    return StandardScaler(), LogisticRegression()


FROM_AUDIO = {
    "mel": [MelSpectrogram(**MEL), cnn()],
    "mel_power": [
        MelSpectrogram(**MEL, scale="amplitude_db", ref="max", power=1.0, fmin=100),
        cnn(),
    ],
    "mel_log1p": [MelSpectrogram(**MEL, scale="log1p", win_length=200), cnn()],
    "mel_off_center": [MelSpectrogram(**MEL, center=False, power=1.5), cnn()],
    "stft": [Spectrogram(sample_rate=8000, n_fft=100, hop_length=50), cnn()],
    "mfcc": [MFCC(**MEL, n_mfcc=8, lifter=20), SummaryStats(), *head()],
    "musicnn": [MusicnnSpectrogram(), Slicer(slice_length=20), cnn()],
    "slices": [MelSpectrogram(**MEL), Slicer(slice_length=20, hop_length=7), cnn()],
    "n_slices": [MelSpectrogram(**MEL), Slicer(slice_length=30, n_slices=4), cnn()],
    "middle": [MelSpectrogram(**MEL), Slicer(slice_length=31, n_slices=1), cnn()],
    "equal": [MelSpectrogram(**MEL), Slicer(slice_length=None, n_slices=3), cnn()],
    "zeros": [MelSpectrogram(**MEL), Slicer(slice_length=90, short="zero"), cnn()],
    "repeated": [MelSpectrogram(**MEL), Slicer(slice_length=90), cnn()],
    "length": [
        MelSpectrogram(**MEL),
        FixedLength(n_frames=70, fill_value="min", align="center"),
        Resize(shape=(9, 40)),
        cnn(),
    ],
    "wave": [
        Waveform(sample_rate=8000, duration=1.0),
        Slicer(slice_length=1000, n_slices=3),
        Resize(shape=(None, 100), mode="area"),
        Autoencoder(hidden_sizes=(8,), n_components=4, **EPOCH),
        DenseClassifier(hidden_sizes=(8,), **EPOCH),
    ],
    "votes": [
        MelSpectrogram(**MEL),
        Slicer(slice_length=20),
        SliceVotingClassifier(
            make_pipeline(SummaryStats(stats=("mean", "std", "min", "max")), *head()),
            voting="max",
        ),
    ],
    "texture": [
        MelSpectrogram(**MEL),
        TextureStats(),
        StandardScaler(),
        ShrinkageDiscriminantAnalysis(),
    ],
    "mean": [
        MelSpectrogram(**MEL),
        SummaryStats(),
        VotingClassifier(
            [
                ("a", make_pipeline(*head())),
                ("b", ShrinkageDiscriminantAnalysis()),
            ],
            voting="soft",
            weights=(1, 2),
        ),
    ],
}


@pytest.mark.parametrize("name", FROM_AUDIO)
def test_from_audio(name, waves, path):
    model = make_pipeline(*FROM_AUDIO[name])
    rate = getattr(model[0], "_rate")()  # noqa: B009 - of every front end
    pairs = [(wave, rate) for wave in waves]
    model = fitted(model, pairs, Y)
    export_onnx(model, path)
    assert about(path)["sample_rate"] == str(rate)

    def given(X):
        return [(wave, rate) for wave in X]

    others = []
    if name != "wave":
        longer = np.concatenate([waves[:2], waves[2:4, :3111]], axis=1)
        others = [longer, waves[:, :6001]]
    check_same(path, model, waves, *others, given=given)


def test_two_classes(waves, path):
    model = make_pipeline(MelSpectrogram(**MEL), SummaryStats(), *head())
    export_onnx(fitted(model, list(waves), Y == "jazz"), path)
    check_same(path, model, waves, given=list)
    assert json.loads(about(path)["classes"]) == [False, True]


def test_hybrid_from_audio(waves, path):
    table = make_pipeline(MFCC(**MEL, n_mfcc=8), SummaryStats())
    model = HybridClassifier(
        image=MelSpectrogram(**MEL), table=table, n_filters=(4,), **EPOCH
    )
    export_onnx(fitted(model, list(waves), Y), path)
    check_same(path, model, waves, waves[:, :5000], given=list)


@pytest.mark.parametrize("n_frames", [200, 66, 40, 5])
@pytest.mark.parametrize("name", texture.STATS)
def test_texture(name, n_frames, rng, path):
    X = np.cumsum(rng.normal(size=(3, 40, n_frames)), axis=2).astype(np.float32) - 40
    X[:, 5], X[1, 20:30] = -80, -80  # constant bands, and groups of them
    model = TextureStats(stats=(name,)).fit(X)
    export_onnx(model, path)
    expected = model.transform(X)
    np.testing.assert_allclose(run(path, X), expected, atol=1e-4, rtol=1e-5)


@pytest.fixture(scope="module")
def songs():
    """Songs of four seconds at 16 kHz."""
    made = make_genre_audio(3, genres=["dub", "waltz"], duration=4.0, sample_rate=16000)
    return np.stack(made.audio), made.target


@pytest.mark.slow
def test_a_head_on_a_trained_tagger(songs, path):
    X, y = songs
    model = recipes.pretrained(layer="penultimate", pooling="mean_std")
    export_onnx(fitted(model, list(X), y), path)
    # of the second, a window is repeated to its length
    check_same(path, model, X[:2], X[:2, :20000], given=list)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[:3])
def test_models_of_the_package(name, songs, path):
    model, X = load_model(name), 0.1 * songs[0][::3]
    if name == "gtzan-scratch":
        X = np.tile(X, 12)
    export_onnx(model, path)
    check_same(path, model, X, given=list)
    assert json.loads(about(path)["classes"]) == model.classes_.tolist()
    assert json.loads(about(path)["multilabel"]) is (name == "musicnn-msd")


def test_transformers_give_features(waves, path):
    model = make_pipeline(MelSpectrogram(**MEL), SummaryStats()).fit(list(waves))
    export_onnx(model, path)
    expected = model.transform(list(waves))
    np.testing.assert_allclose(run(path, waves), expected, atol=1e-3)
    assert "classes" not in about(path)


# -- the file -------------------------------------------------------------------------
def test_what_the_file_says(waves, path):
    model = make_pipeline(MelSpectrogram(**MEL, duration=1.0), cnn())
    export_onnx(fitted(model, list(waves), Y), path, card="# Nine songs")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    said = about(path)
    assert said["card"] == "# Nine songs"
    assert said["sklearn_genre"] == sklearn_genre.__version__
    assert json.loads(said["input_shape"]) == ["batch", 8000]
    front_end = json.loads(said["front_end"])
    assert front_end["class"] == "MelSpectrogram"
    assert (front_end["hop_length"], front_end["duration"]) == (128, 1.0)
    session = onnxruntime.InferenceSession(path)
    assert session.get_inputs()[0].shape == ["batch", 8000]
    assert session.get_outputs()[0].name == "probabilities"
    assert session.get_outputs()[0].shape[0] == "batch"


def test_a_length_may_be_fixed(rng, path):
    X = rng.normal(size=(9, 8, 20))
    model = fitted(cnn(), X, Y)
    export_onnx(model, path, n_frames=30)
    assert json.loads(about(path)["input_shape"]) == ["batch", 8, 30]
    check_same(path, model, rng.normal(size=(3, 8, 30)))


def test_runs_without_the_package(rng, path, tmp_path):
    X = rng.normal(size=(9, 8, 20)).astype(np.float32)
    model = fitted(cnn(), X, Y)
    export_onnx(model, path)
    np.save(tmp_path / "X.npy", X)
    code = (
        "import sys, numpy, onnxruntime\n"
        f"X = numpy.load({str(tmp_path / 'X.npy')!r})\n"
        f"session = onnxruntime.InferenceSession({path!r})\n"
        "print(session.run(None, {'spectrogram': X})[0].argmax(1).tolist())\n"
        "assert not {'torch', 'sklearn', 'sklearn_genre'} & {*sys.modules}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    best = [model.classes_.tolist().index(genre) for genre in model.predict(X)]
    assert json.loads(done.stdout) == best


# -- what cannot be exported ----------------------------------------------------------
@pytest.mark.parametrize(
    ("last", "words"),
    [
        ([SummaryStats(), RandomForestClassifier(2)], "RandomForest.*model.:-1.*skl2"),
        ([SummaryStats(stats=("median",)), LogisticRegression()], "stats=.*'mean'"),
        (
            [SummaryStats(), GridSearchCV(LogisticRegression(), {}, cv=2)],
            "best_estimator_",
        ),
        ([Resize(shape=(8, 8)), cnn()], "Resize.*n_frames"),
    ],
    ids=["forest", "median", "search", "resize"],
)
def test_refused(last, words, waves, path):
    model = make_pipeline(MelSpectrogram(**MEL), *last)
    model = fitted(model, list(waves), Y)
    with open(path, "w") as file:
        file.write("old")
    with pytest.raises(ValueError, match=words):
        export_onnx(model, path)
    with open(path) as file:
        assert file.read() == "old"


def test_refused_front_end_can_be_left_out(waves, path):
    model = make_pipeline(MFCC(**MEL, n_mfcc=8, deltas=1), cnn())
    model = fitted(model, list(waves), Y)
    with pytest.raises(ValueError, match=r"Pipeline\.mfcc: MFCC with deltas=1"):
        export_onnx(model, path)
    export_onnx(model[1:], path)
    X = model[0].transform(list(waves))
    np.testing.assert_allclose(
        run(path, X), model.predict_proba(list(waves)), atol=TOLERANCE
    )


def test_resize_of_one_length(waves, path):
    model = make_pipeline(MelSpectrogram(**MEL), Resize(shape=(8, 8)), cnn())
    export_onnx(fitted(model, list(waves), Y), path, n_frames=8000)
    check_same(path, model, waves, given=list)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (dict(path=3), TypeError, "path"),
        (dict(card=b""), TypeError, "card"),
        (dict(n_frames=0), ValueError, "n_frames"),
        (dict(n_frames=21), ValueError, "n_frames must be None or 20"),
        (dict(model="cnn"), TypeError, "estimator"),
        (dict(model=cnn()), NotFittedError, "not fitted"),
    ],
)
def test_arguments(change, error, words, rng, path):
    X = rng.normal(size=(9, 8, 20))
    model = fitted(DenseClassifier(hidden_sizes=(4,), **EPOCH), X, Y)
    with pytest.raises(error, match=words):
        export_onnx(**{**dict(model=model, path=path), **change})


def test_without_onnx(monkeypatch, rng, path):
    model = fitted(cnn(), rng.normal(size=(9, 8, 20)), Y)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"sklearn-genre\[onnx\]"):
        export_onnx(model, path)
