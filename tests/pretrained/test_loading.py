"""Trained models of the package: what comes out of them, whatever goes in."""

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
)
from sklearn_genre.cli import main
from sklearn_genre.prediction import UNLIKE, FilePrediction
from sklearn_genre.pretrained import _loading as loading
from sklearn_genre.pretrained import _model_file, load_model, model_card

GENRES = ("gtzan", "gtzan-scratch")
SHIPPED = [loading._HERE / f"{name}.skops" for name in GENRES]
GTZAN = ["blues", "classical", "country", "disco", "hiphop"]
GTZAN += ["jazz", "metal", "pop", "reggae", "rock"]
RATE = 22050


def songs(n):
    return make_genre_audio(
        n, genres=["dub", "swing", "waltz"], duration=2.0, random_state=0
    )


@pytest.fixture(params=GENRES)
def model(request):
    return load_pretrained(request.param)


@pytest.fixture
def scratch():
    return load_pretrained("gtzan-scratch")


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
    loud = model.predict_proba([(waveform, RATE)])
    for gain in (0.1, 1e-3):
        quiet = model.predict_proba([(waveform * np.float32(gain), RATE)])
        np.testing.assert_allclose(quiet, loud, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", GENRES)
def test_excerpts(name, audio):
    one, three = (load_pretrained(name, n_excerpts=n) for n in (1, 3))
    long = [audio["long"]]
    found = three.predict_proba(long)
    assert abs(one.predict_proba(long) - found).max() > 1e-6
    np.testing.assert_array_equal(load_pretrained(name).predict_proba(long), found)


def test_arrays_and_pairs_are_audio_too(model, audio):
    waveform, rate = soundfile.read(audio["second"], dtype="float32")
    from_file = model.predict_proba([audio["second"]])
    np.testing.assert_allclose(model.predict_proba([(waveform, rate)]), from_file)
    samples = soundfile.SoundFile(audio["stereo"]).read()[:, 0]
    at_home = model.predict_proba([samples])
    pair = [(samples, model[0].sample_rate)]
    np.testing.assert_allclose(model.predict_proba(pair), at_home)


def test_predict_genre(audio):
    for path in audio.values():
        said = predict_genre(path, top=2)
        assert isinstance(said, FilePrediction)
        assert said.path == path
        (expected,) = predict_files(load_pretrained(), path, top=2)
        assert said == expected
        assert str(said).startswith(f"{path}: {said.labels[0]} {said.proba[0]:.3f}, ")
    assert predict_genre(path, top=None).labels[:2] == said.labels
    assert len(predict_genre(path).labels) == 3


def test_predict_genre_names_the_file_whatever_fails(audio, monkeypatch):
    def fail(*args):
        raise RuntimeError("no idea")

    monkeypatch.setattr("sklearn_genre.pretrained._loading.predict_readable", fail)
    with pytest.raises(AudioError, match=r"song\.wav: .*RuntimeError: no idea"):
        predict_genre("song.wav")


def test_silence_and_noise_are_told(audio):
    for name in ("silent", "one value", "long"):
        said = predict_genre(audio[name])
        assert said.unknown
        assert str(said).endswith(f"({UNLIKE})")
        assert 0 < said.fit <= 0.05


def test_predict_genre_says_what_is_wrong(tmp_path):
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


def test_command_line(audio, capsys, tmp_path, monkeypatch):
    assert main(["predict", "gtzan", audio["second"], "--top", "3"]) == 0
    path, *pairs = capsys.readouterr().out.rstrip("\n").split("\t")
    assert path == audio["second"]
    assert pairs[:6:2] == list(predict_genre(path).labels)
    assert pairs[6:] == [UNLIKE]  # one second of noise
    # whatever lies in the folder
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gtzan").write_text("no model")
    assert main(["predict", "gtzan", audio["second"]]) == 0
    assert main(["predict", "./gtzan", audio["second"]]) == 2
    assert "cannot be loaded" in capsys.readouterr().err


# -- any saved model ------------------------------------------------------------------
def test_a_model_by_name_or_joblib_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = load_pretrained()
    X = [np.random.default_rng(0).normal(scale=0.1, size=RATE)]
    expected = model.predict_proba(X)
    joblib.dump(model, "mine.joblib")
    (tmp_path / "gtzan").mkdir()  # a folder of songs hides no model
    for source in ("gtzan", "mine.joblib", tmp_path / "mine.joblib"):
        np.testing.assert_array_equal(load_model(source).predict_proba(X), expected)


def test_arguments(tmp_path, monkeypatch):
    for name in (None, b"gtzan", 1, ["gtzan"]):
        with pytest.raises(TypeError, match="name must be one of gtzan, "):
            load_pretrained(name)
    for name in ("gtzam", tmp_path / "mine.skops"):
        with pytest.raises(ValueError, match=r"no model .*load_model loads"):
            load_pretrained(name)
    for n in (0, 1.5, "three"):
        with pytest.raises(ValueError, match="n_excerpts must be"):
            load_pretrained(n_excerpts=n)
    with pytest.raises(ValueError, match="abacus"):
        load_pretrained(device="abacus")
    monkeypatch.setattr(loading, "_HERE", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"gtzan\.skops"):
        load_pretrained()
    (tmp_path / "gtzan.skops").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"gtzan\.skops: damaged.* Install"):
        load_pretrained()


def test_what_is_no_model(tmp_path):
    for source in (None, 3, b"gtzan", ["gtzan"]):
        with pytest.raises(TypeError, match="source must be one of"):
            load_model(source)
    with pytest.raises(FileNotFoundError, match="gone"):
        load_model(tmp_path / "gone.joblib")
    with pytest.raises(IsADirectoryError, match="is a folder, not a model"):
        load_model(tmp_path)
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
    if "slice" in copy.named_steps:
        copy.set_params(classifier__estimator__net__max_epochs=1)
    data = songs(2)
    clips = [(wave, data.sample_rate) for wave in data.audio]
    assert len(copy.fit(clips, data.target).classes_) == 3


def test_joblib(scratch, audio, tmp_path):
    joblib.dump(scratch, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib")
    X = [audio["second"], audio["long"]]
    np.testing.assert_array_equal(loaded.predict_proba(X), scratch.predict_proba(X))
    assert (tmp_path / "model.joblib").stat().st_size < 6e6


def test_the_network_can_be_trained_on(scratch):
    net = scratch[-1].estimator_.named_estimators_["net"]
    X = np.random.default_rng(0).normal(size=(10, 128, 100)).astype(np.float32)
    before = net.predict_proba(X)
    assert abs(net.partial_fit(X, range(10)).predict_proba(X) - before).max() > 0
    assert type(net.net_.optimizer_).__name__ == "AdamW"


@pytest.mark.slow
@pytest.mark.parametrize("name", GENRES)
def test_loading_costs_nothing_of_what_training_needs(name):
    program = (
        "import sys\n"
        "from sklearn_genre import load_pretrained, pretrained\n"
        "assert pretrained.NAMES and 'torch' not in sys.modules\n"
        f"model = load_pretrained({name!r})\n"
        "model.predict([[0.0] * 22050])\n"
        "print('torch._dynamo' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr


# -- the files of the package ---------------------------------------------------------
def test_the_shipped_files(model):
    assert model.classes_.tolist() == GTZAN
    assert all(path.stat().st_size <= 3_000_000 for path in SHIPPED)
    cards = [model_card(name) for name in GENRES]
    for card, n_songs in zip(cards, ("733 of 223", "984 of 285"), strict=True):
        assert f"songs: {n_songs} artists" in card
        assert "commit, date" in card


# what the models said of this song when they were written
ANSWERS = {
    "gtzan": [
        0.1185,
        0.0175,
        0.0164,
        0.0537,
        0.0561,
        0.0201,
        0.0001,
        0.0103,
        0.6631,
        0.0442,
    ],
    "gtzan-scratch": [
        0.1094,
        0.0253,
        0.0081,
        0.0151,
        0.1991,
        0.041,
        0.0048,
        0.3854,
        0.1343,
        0.0774,
    ],
}


@pytest.mark.parametrize("name", GENRES)
def test_answers_do_not_depend_on_versions(name):
    """A file that another version of a library reads otherwise must be written anew."""
    song = songs(1)
    proba = load_pretrained(name).predict_proba([(song.audio[0], song.sample_rate)])
    np.testing.assert_allclose(proba[0], ANSWERS[name], rtol=0, atol=2e-3)


def test_models_of_the_package_do_not_warn_of_versions(monkeypatch):
    others = dict.fromkeys(_model_file.versions(), "99.0")
    monkeypatch.setattr(_model_file, "versions", lambda: others)
    with pytest.warns(UserWarning, match="other versions"):
        load_model(SHIPPED[0])
    load_model("gtzan")


def test_real_clips_sound_like_their_images(data_dir):
    images = np.load(data_dir / "gtzan" / "gtzan_mel_images.npz")
    row = {name: i for i, name in enumerate(images["clip"])}
    files = sorted((data_dir / "gtzan" / "clips").glob("*/*"))
    assert len(files) == 21
    # one of them has no image
    files = [path for path in files if path.stem in row]
    assert len(files) == 20
    levels = images["mel"][[row[path.stem] for path in files]] * np.float32(80 / 255)
    model = load_pretrained("gtzan-scratch", n_excerpts=1)
    heard = model.predict_proba(files)
    seen = model.set_params(front_end="passthrough").predict_proba(levels - 80)
    # frames of audio fall between those of the images
    assert np.median(abs(heard - seen).max(axis=1)) < 0.1
    assert (heard.argmax(axis=1) == seen.argmax(axis=1)).mean() >= 0.9


def test_real_clips_are_known(data_dir):
    """Most of them are songs of the training, so this is no score."""
    files = sorted((data_dir / "gtzan" / "clips").glob("*/*"))
    said = [*predict_files(load_pretrained(), files, top=1)]
    right = [p.labels[0] == f.parent.name for p, f in zip(said, files, strict=True)]
    assert sum(right) >= 16
    assert sum(p.unknown for p in said) <= 3
