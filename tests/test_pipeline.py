"""From songs to a searched, validated, saved and reused model, in one Pipeline."""

import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedGroupKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import estimator_html_repr

from sklearn_genre import (
    BandScaler,
    CNNClassifier,
    FrameSubsampler,
    MelSpectrogram,
    Slicer,
    SliceVotingClassifier,
    SummaryStats,
    make_genre_audio,
)


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Eight genres as wav files, four songs each, two artists a genre."""
    return make_genre_audio(
        n_clips_per_genre=4,
        n_artists_per_genre=2,
        duration=1.5,
        directory=tmp_path_factory.mktemp("songs"),
        random_state=0,
    )


def genre_pipeline(**params):
    net = dict(n_filters=(8, 16), max_epochs=3, random_state=0)
    return Pipeline(
        [
            ("mel", MelSpectrogram(n_mels=32, hop_length=1024)),
            ("slice", Slicer(n_slices=2, slice_length=16)),
            ("clf", CNNClassifier(**{**net, **params})),
        ]
    )


def test_songs_to_probabilities(songs):
    model = genre_pipeline().fit(songs.paths, songs.target)
    proba = model.predict_proba(songs.paths[:3])
    assert proba.shape == (3, 8)
    assert set(model.predict(songs.paths)) <= set(songs.target_names)


def test_search_over_features_and_network(songs):
    grid = {
        "mel__n_mels": [16, 32],
        "slice__slice_length": [8],
        "clf__n_filters": [(4,), (8,)],
        "clf__lr": [1e-3],
    }
    search = GridSearchCV(genre_pipeline(max_epochs=1), grid, cv=2, error_score="raise")
    search.fit(songs.paths, songs.target)
    assert len(search.cv_results_["params"]) == 4
    bands = search.best_params_["mel__n_mels"]
    assert search.best_estimator_["clf"].n_features_in_ == bands


def test_groups_and_routing(songs):
    model = genre_pipeline(early_stopping=True, validation_fraction=0.3)
    plain = cross_validate(
        model, songs.paths, songs.target, groups=songs.groups, cv=GroupKFold(2)
    )
    assert np.isfinite(plain["test_score"]).all()
    # a fold trains on one of two artists of a genre: without it the genre is lost
    lost = pytest.warns(UserWarning, match="holds out all clips of")
    with sklearn.config_context(enable_metadata_routing=True), lost:
        routed = cross_validate(
            model,
            songs.paths,
            songs.target,
            params={"groups": songs.groups},
            cv=StratifiedGroupKFold(2),
            error_score="raise",
        )
    assert np.isfinite(routed["test_score"]).all()


def test_one_row_in_one_row_out(songs):
    X, n = songs.paths, len(songs.paths)
    for step in genre_pipeline()[:-1]:
        X = step.fit_transform(X)
        assert len(X) == n


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_agree(songs, backend):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        args = (genre_pipeline(max_epochs=1), songs.paths, songs.target)
        expected = cross_val_predict(*args, cv=2, method="predict_proba")
        with joblib.parallel_config(backend, n_jobs=2):
            proba = cross_val_predict(*args, cv=2, method="predict_proba")
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(proba, expected)


def test_pipeline_cache_gives_the_same_model(songs, tmp_path):
    plain = genre_pipeline().fit(songs.paths, songs.target)
    cached = genre_pipeline().set_params(memory=str(tmp_path))
    for _ in range(2):
        cached = clone(cached).fit(songs.paths, songs.target)
        np.testing.assert_array_equal(
            cached.predict_proba(songs.paths), plain.predict_proba(songs.paths)
        )


def test_clone_and_html(songs):
    model = genre_pipeline().fit(songs.paths, songs.target)
    assert "CNNClassifier" in estimator_html_repr(model)
    assert not hasattr(clone(model)["clf"], "net_")
    assert clone(model).get_params()["clf__n_filters"] == (8, 16)


def test_tables_become_data_frames(songs):
    pipe = make_pipeline(MelSpectrogram(n_mels=8), SummaryStats(stats=("mean", "std")))
    table = pipe.set_output(transform="pandas").fit_transform(songs.paths[:4])
    assert isinstance(table, pd.DataFrame)
    assert table.shape == (4, 16)


def test_voting_with_a_scikit_learn_classifier(songs):
    slices = make_pipeline(SummaryStats(), LogisticRegression(max_iter=1000))
    model = Pipeline(
        [
            ("mel", MelSpectrogram(n_mels=32)),
            ("scale", BandScaler()),
            ("slice", Slicer(n_slices=3, slice_length=20)),
            ("vote", SliceVotingClassifier(slices)),
        ]
    )
    scores = cross_val_score(model, songs.paths, songs.target, cv=2)
    assert scores.mean() > 0.4  # chance is 1/8


@pytest.mark.slow
def test_saved_model_in_a_fresh_process(songs, tmp_path):
    model = genre_pipeline().fit(songs.paths, songs.target)
    joblib.dump(model, tmp_path / "model.joblib")
    code = (
        "import joblib, numpy as np, sys; folder, path = sys.argv[1:];"
        "model = joblib.load(folder + '/model.joblib');"
        "np.save(folder + '/proba.npy', model.predict_proba([path]))"
    )
    path = str(songs.paths[0])
    subprocess.run([sys.executable, "-c", code, str(tmp_path), path], check=True)
    np.testing.assert_array_equal(
        np.load(tmp_path / "proba.npy"), model.predict_proba([path])
    )


# -- a model fitted on the published mel images, used on audio -----------------------


def gtzan_front_end():
    """From audio to the scale and columns of the published GTZAN mel images."""
    return [
        ("mel", MelSpectrogram(scale="amplitude_db", ref="max", n_jobs=2)),
        ("columns", FrameSubsampler(n_frames=334, offset=1.87, span=334.8)),
    ]


@pytest.fixture(scope="module")
def images(data_dir):
    """A third of the mel images of GTZAN, in dB."""
    data = np.load(data_dir / "gtzan" / "gtzan_mel_images.npz")
    X = data["mel"].astype(np.float32) * (80 / 255) - 80
    return X, data["genre"], data["clip"]


@pytest.fixture(scope="module")
def trained(images):
    """A Pipeline whose classifier has seen mel images only."""
    X, genre, _ = images
    model = Pipeline(
        [
            *gtzan_front_end(),
            ("slice", Slicer(n_slices=3, slice_length=64)),
            ("clf", CNNClassifier(n_filters=(8, 16), max_epochs=2, random_state=0)),
        ]
    )
    slices = model["slice"].fit_transform(X[::3])
    model["clf"].fit(slices, genre[::3])
    return model


def test_audio_and_images_give_the_same_answer(trained, images, data_dir):
    X, _, clip = images
    row = {name: k for k, name in enumerate(clip)}
    paths = sorted((data_dir / "gtzan" / "clips").rglob("*.*"))
    paths = [p for p in paths if p.stem in row]
    assert len(paths) == 20
    from_audio = trained.predict_proba(paths)
    from_image = trained[2:].predict_proba(X[[row[p.stem] for p in paths]])
    np.testing.assert_allclose(from_audio, from_image, atol=0.02)


def test_any_song_through_the_same_pipeline(trained, data_dir, tmp_path):
    soundfile = pytest.importorskip("soundfile")
    song = next((data_dir / "free_audio").glob("*Vibe_Ace.ogg"))
    wave, rate = soundfile.read(song, always_2d=True)
    soundfile.write(tmp_path / "song.mp3", wave, rate)
    soundfile.write(tmp_path / "song.wav", wave, rate)
    proba = trained.predict_proba([song, tmp_path / "song.mp3", tmp_path / "song.wav"])
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(proba[2], proba[0], atol=0.02)
    np.testing.assert_allclose(proba[1], proba[0], atol=0.2)
