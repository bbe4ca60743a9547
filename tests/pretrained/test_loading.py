"""Trained models: their file, what comes out of it, and what they do with any audio.

Everything is tested on a small model trained here on synthetic songs, and once more on
the model of the package where its weights are.
"""

import subprocess
import sys

import joblib
import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sklearn_genre import (
    AudioError,
    load_pretrained,
    make_genre_audio,
    predict_files,
    predict_genre,
    recipes,
)
from sklearn_genre._utils import archive
from sklearn_genre.cli import main
from sklearn_genre.prediction import FilePrediction
from sklearn_genre.pretrained import _loading as loading
from sklearn_genre.pretrained import load_model, save_pretrained

SHIPPED = loading._HERE / "gtzan.npz"
GTZAN = ["blues", "classical", "country", "disco", "hiphop"]
GTZAN += ["jazz", "metal", "pop", "reggae", "rock"]
RATE = 22050
# rounding to float16 moves a weight by up to 1/2048 of itself
ROUNDING = 0.01


def songs(n):
    return make_genre_audio(
        n, genres=["dub", "swing", "waltz"], duration=2.0, random_state=0
    )


@pytest.fixture(scope="module")
def trained():
    """A recipe of few weights, trained on twelve songs."""
    model = recipes.best(max_epochs=2, random_state=0)
    model.set_params(classifier__estimator__net__n_filters=(4, 8, 8, 8))
    data = songs(4)
    return model.fit(data.audio, data.target)


@pytest.fixture(scope="module")
def written(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "gtzan.npz"
    save_pretrained(trained, path, training={"songs": 12})
    return path


@pytest.fixture
def shipped():
    """The file of the package."""
    if not SHIPPED.exists():
        pytest.skip("this copy of the package holds no weights")
    return SHIPPED


@pytest.fixture(params=["trained here", "shipped"])
def model(request, written):
    """A loaded model, by name: that of the file written here, then the package's."""
    shipped = request.param == "shipped"
    place = request.getfixturevalue("shipped") if shipped else written
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_HERE", place.parent)
        loading._default_model.cache_clear()
        yield load_pretrained()
    loading._default_model.cache_clear()


@pytest.fixture(scope="module")
def audio(samples, tmp_path_factory):
    """Files of all kinds: by name, their paths."""
    folder = tmp_path_factory.mktemp("audio")
    files = {}
    for name, (waveform, rate) in samples.items():
        files[name] = str(folder / f"{name}.wav")
        soundfile.write(files[name], waveform, rate)
    files["flac"] = str(folder / "song.flac")
    soundfile.write(files["flac"], samples["second"][0], RATE)
    return files


@pytest.fixture(scope="module")
def samples():
    """Samples and rate of files of all kinds."""
    noise = np.random.default_rng(0).normal(scale=0.1, size=(95 * RATE, 2))
    return {
        "second": (noise[:RATE, 0], RATE),
        "instant": (noise[:100, 0], RATE),
        "long": (noise[:, 0], RATE),
        "stereo": (noise[: 5 * 44100], 44100),
        "silent": (np.zeros(3 * RATE), RATE),
        "one value": (np.full(3 * RATE, 0.5), RATE),
    }


# -- what comes out -------------------------------------------------------------------
def test_any_audio(model, audio):
    proba = model.predict_proba(list(audio.values()))
    assert proba.shape == (len(audio), len(model.classes_))
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-6)
    top = model.classes_[proba.argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(list(audio.values())), top)


def test_loudness_makes_no_difference(model, samples):
    waveform = samples["long"][0][: 10 * RATE].astype(np.float32)
    loud = model.predict_proba([waveform])
    for gain in (0.1, 1e-3, 1e-4):
        quiet = model.predict_proba([waveform * np.float32(gain)])
        np.testing.assert_allclose(quiet, loud, rtol=0, atol=1e-4)


def test_excerpts(written, audio):
    one, three = (load_pretrained(written, n_excerpts=n) for n in (1, 3))
    # a short song is the same three times
    short, long = [audio["second"]], [audio["long"]]
    np.testing.assert_allclose(one.predict_proba(short), three.predict_proba(short))
    assert abs(one.predict_proba(long) - three.predict_proba(long)).max() > 1e-6
    assert load_pretrained(written)["slice"].n_slices == 3


def test_arrays_and_pairs_are_audio_too(model, audio):
    waveform, rate = soundfile.read(audio["second"], dtype="float32")
    from_file = model.predict_proba([audio["second"]])
    np.testing.assert_allclose(model.predict_proba([(waveform, rate)]), from_file)
    np.testing.assert_allclose(model.predict_proba([waveform]), from_file)


def test_predict_genre(model, audio):
    for path in audio.values():
        said = predict_genre(path, top=2)
        assert isinstance(said, FilePrediction)
        assert said.path == path
        (expected,) = predict_files(model, path, top=2)
        assert said == expected
        assert str(said).startswith(f"{path}: {said.labels[0]} {said.proba[0]:.3f}, ")
    assert len(predict_genre(path, top=None).labels) == len(model.classes_)
    assert len(predict_genre(path).labels) == 3


def test_predict_genre_names_the_file_whatever_fails(audio, monkeypatch):
    def fail(*args):
        raise RuntimeError("no idea")

    monkeypatch.setattr("sklearn_genre.pretrained._loading.predict_readable", fail)
    with pytest.raises(AudioError, match=r"song\.wav: .*RuntimeError: no idea"):
        predict_genre("song.wav")


def test_predict_genre_says_what_is_wrong(model, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no audio at all")
    for path in (bad, str(bad), tmp_path / "gone.mp3", tmp_path):
        with pytest.raises(AudioError, match=str(path)):
            predict_genre(path)
    with pytest.raises(TypeError, match="predict_files"):
        predict_genre([bad])
    with pytest.raises(ValueError, match="top must be"):
        predict_genre(bad, top=0)


def test_bad_files_stop_no_others(model, audio, tmp_path):
    files = [audio["second"], str(tmp_path / "gone.mp3"), audio["stereo"]]
    said = list(predict_files(model, files))
    assert [p.error is None for p in said] == [True, False, True]


def test_command_line(model, audio, capsys, tmp_path, monkeypatch):
    assert main(["predict", "gtzan", audio["second"], "--top", "3"]) == 0
    path, *pairs = capsys.readouterr().out.rstrip("\n").split("\t")
    assert path == audio["second"]
    assert list(pairs[::2]) == list(predict_genre(path).labels)
    # whatever lies in the folder
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gtzan").write_text("no model")
    assert main(["predict", "gtzan", audio["second"]]) == 0
    assert main(["predict", "./gtzan", audio["second"]]) == 2
    assert "cannot be loaded" in capsys.readouterr().err


# -- any saved model ------------------------------------------------------------------
def test_a_model_by_name_archive_or_joblib_file(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X = [np.random.default_rng(0).normal(scale=0.1, size=RATE)]
    expected = model.predict_proba(X)
    joblib.dump(model, "mine.joblib")
    save_pretrained(model, "weights.npz")
    (tmp_path / "gtzan").mkdir()  # a folder of songs hides no model
    for source in ("gtzan", "mine.joblib", tmp_path / "mine.joblib"):
        np.testing.assert_array_equal(load_model(source).predict_proba(X), expected)
    np.testing.assert_allclose(load_model("weights.npz").predict_proba(X), expected)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("memory", "planted", "does not set memory"),
        ("classifier__estimator__net__compile", True, "does not set .*compile"),
        ("front_end__n_jobs", 8, "does not set front_end__n_jobs"),
        ("front_end__duration", 1e7, "duration must be"),
        ("classifier__estimator__texture__discriminant__n_splits", "x", "n_splits"),
        ("classifier__estimator__net__class_weight", "x", "class_weight must be"),
        (
            "classifier__estimator__net__net_params",
            {"iterator_valid__num_workers": 8},
            "does not set iterator_valid__num_workers",
        ),
    ],
)
def test_a_doctored_archive(written, tmp_path, name, value, words):
    """Signed anew, with a parameter that a file does not set."""
    arrays, about = archive.read(written)
    about = {key: about[key] for key in about if key not in ("format", "sha256")}
    about["params"][name] = value
    archive.write(tmp_path / "mine.npz", arrays, about)
    with pytest.raises(ValueError, match=rf"mine\.npz: .*{words}"):
        load_pretrained(tmp_path / "mine.npz")


def test_what_is_no_model(tmp_path):
    for source in (None, 3, b"gtzan", ["gtzan"]):
        with pytest.raises(TypeError, match="source must be one of"):
            load_model(source)
    with pytest.raises(FileNotFoundError, match="gone"):
        load_model(tmp_path / "gone.joblib")
    with pytest.raises(IsADirectoryError, match="is a folder, not a model"):
        load_model(tmp_path)
    joblib.dump({"no": "arrays"}, tmp_path / "mine.npz")
    with pytest.raises(ValueError, match=r"mine\.npz: not a model file"):
        load_model(tmp_path / "mine.npz")
    joblib.dump({"no": "model"}, tmp_path / "mine.joblib")
    with pytest.raises(ValueError, match=r"mine\.joblib' holds no model, but dict"):
        load_model(tmp_path / "mine.joblib")
    (tmp_path / "mine.joblib").write_bytes(b"text")
    with pytest.raises(ValueError, match=r"mine\.joblib' cannot be loaded as a model"):
        load_model(tmp_path / "mine.joblib")


# -- as an estimator ------------------------------------------------------------------
def test_clone_is_the_unfitted_recipe(model):
    copy = clone(model)
    with pytest.raises(NotFittedError):
        check_is_fitted(copy)
    named = copy[-1].estimator.named_estimators
    assert [name for name, _ in named["texture"].steps] == [
        "stats",
        "scale",
        "discriminant",
    ]
    data = songs(2)
    copy.set_params(classifier__estimator__net__max_epochs=1)
    assert len(copy.fit(data.audio, data.target).classes_) == 3


def test_joblib(model, audio, tmp_path):
    joblib.dump(model, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib")
    X = [audio["second"], audio["long"]]
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert (tmp_path / "model.joblib").stat().st_size < 6e6


def test_the_network_can_be_trained_on(written):
    net = load_pretrained(written)[-1].estimator_.named_estimators_["net"]
    X = np.random.default_rng(0).normal(size=(3, 128, 100)).astype(np.float32)
    before = net.predict_proba(X)
    assert abs(net.partial_fit(X, [0, 1, 2]).predict_proba(X) - before).max() > 0
    assert type(net.net_.optimizer_).__name__ == "AdamW"


@pytest.mark.slow
def test_loading_costs_nothing_of_what_training_needs(written):
    program = (
        "import sys\n"
        "from sklearn_genre import load_pretrained, pretrained\n"
        "assert pretrained.NAMES and 'torch' not in sys.modules\n"
        f"model = load_pretrained({str(written)!r})\n"
        "model.predict([[0.0] * 22050])\n"
        "print('torch._dynamo' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr


# -- there and back -------------------------------------------------------------------
def test_probabilities_are_those_of_the_trained_model(trained, written, audio):
    loaded = load_pretrained(written, n_excerpts=1)
    X = list(audio.values())
    proba = trained.predict_proba(X)
    np.testing.assert_allclose(loaded.predict_proba(X), proba, rtol=0, atol=ROUNDING)
    np.testing.assert_array_equal(loaded.classes_, trained.classes_)
    assert loaded.classes_.dtype == trained.classes_.dtype
    params, other = trained.get_params(), loaded.get_params()
    changed = {name for name in params if repr(params[name]) != repr(other[name])}
    assert {name.split("__")[-1] for name in changed} <= {
        *("steps", "classifier", "estimator", "estimators", "net", "precision"),
    }


def test_the_table_is_exact_and_weights_are_rounded_once(trained, written):
    loaded = load_pretrained(written)
    parts = [m[-1].estimator_.named_estimators_ for m in (trained, loaded)]
    X = np.random.default_rng(0).uniform(-80, 0, size=(4, 128, 334))
    tables = [part["texture"].predict_log_proba(X) for part in parts]
    np.testing.assert_allclose(*tables, rtol=1e-4, atol=1e-4)
    modules = [part["net"].net_.module_ for part in parts]
    weights = [dict(module.named_parameters()) for module in modules]
    for name, weight in weights[0].items():
        assert (weight.half().float() == weights[1][name]).all(), name
    statistics = [dict(module.named_buffers()) for module in modules]
    for name, values in statistics[0].items():
        assert (values == statistics[1][name]).all(), name


def test_a_second_file_is_the_same_to_the_byte(written, tmp_path):
    again = tmp_path / "again.npz"
    save_pretrained(
        load_pretrained(written, n_excerpts=1), again, training={"songs": 12}
    )
    assert again.read_bytes() == written.read_bytes()


# -- the model of the package ---------------------------------------------------------
def test_the_shipped_file(shipped):
    assert shipped.stat().st_size <= 3_000_000
    with np.load(shipped, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    kinds = {array.dtype.name for array in arrays.values()}
    assert {k for k in kinds if k[:3] != "str"} == {"float16", "float32", "int64"}
    about = archive.read(shipped)[1]
    assert about["classes"] == GTZAN
    assert (about["n_bands"], about["n_frames"]) == (128, 334)
    assert about["training"]["songs"] == 984
    assert {"seed", "epochs", "commit", "date", "versions"} <= set(about["training"])


def test_real_clips_sound_like_their_images(shipped, data_dir):
    images = np.load(data_dir / "gtzan" / "gtzan_mel_images.npz")
    row = {name: i for i, name in enumerate(images["clip"])}
    files = sorted((data_dir / "gtzan" / "clips").glob("*/*"))
    assert len(files) == 21
    # one of them has no image
    files = [path for path in files if path.stem in row]
    assert len(files) == 20
    levels = images["mel"][[row[path.stem] for path in files]] * np.float32(80 / 255)
    model = load_pretrained(n_excerpts=1)
    heard = model.predict_proba(files)
    seen = model.set_params(front_end="passthrough").predict_proba(levels - 80)
    # frames of audio fall between those of the images
    assert np.median(abs(heard - seen).max(axis=1)) < 0.1
    assert (heard.argmax(axis=1) == seen.argmax(axis=1)).mean() >= 0.9
