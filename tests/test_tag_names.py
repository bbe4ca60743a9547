"""Names of tags: from the columns of a DataFrame to what a saved model prints."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile
from helpers import RATE, tagger
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    DenseClassifier,
    MelSpectrogram,
    SliceVotingClassifier,
    SummaryStats,
    TagThresholdClassifier,
    load_manifest,
    predict_files,
)
from sklearn_genre.evaluation import MultilabelStratifiedGroupKFold, TagReport
from sklearn_genre.inspection import mean_by_class
from sklearn_genre.prediction import top_labels

TAGS = ["loud", "a b", "Éire"]


def network(**params):
    return DenseClassifier(hidden_sizes=(8,), max_epochs=3, random_state=0, **params)


TAGGERS = [
    network(),
    SliceVotingClassifier(tagger()),
    SliceVotingClassifier(network()),
    TagThresholdClassifier(tagger(), cv=3),
    TagThresholdClassifier(RandomForestClassifier(5, random_state=0), cv=3),
    TagThresholdClassifier(KNeighborsClassifier(3), cv=3),
    TagThresholdClassifier(SliceVotingClassifier(tagger()), cv=3),
]
every_tagger = pytest.mark.parametrize("model", TAGGERS, ids=str)


@pytest.fixture
def table(rng):
    """Thirty rows, and three tags of which two are half of the rows."""
    X = rng.normal(size=(30, 4))
    return X, pd.DataFrame((X[:, :3] > 0).astype(int), columns=TAGS)


@every_tagger
def test_columns_name_the_classes(model, table):
    X, y = table
    named, plain = clone(model).fit(X, y), clone(model).fit(X, y.to_numpy())
    assert named.classes_.tolist() == TAGS
    assert plain.classes_.tolist() == [0, 1, 2]
    proba = named.predict_proba(X)
    assert proba.shape == (30, 3)
    np.testing.assert_array_equal(proba, plain.predict_proba(X))
    answers = named.predict(X)
    assert isinstance(answers, np.ndarray)
    np.testing.assert_array_equal(answers, plain.predict(X))
    assert pickle.loads(pickle.dumps(named)).classes_.tolist() == TAGS
    found = top_labels(make_pipeline(named), X[:1], top=3)[0]
    assert found == sorted(zip(TAGS, proba[0].tolist(), strict=True), key=by_proba)


def by_proba(pair):
    return -pair[1]


@every_tagger
@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "f1_macro"])
def test_scorers_do_not_mind_the_names(model, table, scoring):
    X, y = table
    named, plain = (
        cross_val_score(model, X, tags, cv=2, scoring=scoring)
        for tags in (y, y.to_numpy())
    )
    np.testing.assert_array_equal(named, plain)
    assert np.isfinite(named).all()


@pytest.mark.parametrize("columns", [range(3), ["a", 1, "b"]])
def test_columns_without_names_are_numbers(table, columns):
    X, y = table
    assert network().fit(X, y.set_axis(columns, axis=1)).classes_.tolist() == [0, 1, 2]


def test_weightless_clips_take_no_names_along(table):
    X, y = table
    model = network().fit(X, y, sample_weight=np.arange(30) > 0)
    assert model.classes_.tolist() == TAGS


def test_two_columns_of_one_name(table):
    X, y = table
    with pytest.raises(ValueError, match="two columns of the name 'a'"):
        network().fit(X, y.set_axis(["a", "b", "a"], axis=1))


def test_tags_in_another_order_do_not_train_on(table):
    X, y = table
    model = network().partial_fit(X, y).partial_fit(X, y).partial_fit(X, y.to_numpy())
    with pytest.raises(ValueError, match="tags seen in the first fit, in the same"):
        model.partial_fit(X, y[TAGS[::-1]])
    tuned = TagThresholdClassifier(model, cv="prefit")
    assert tuned.fit(X, y.to_numpy()).classes_.tolist() == TAGS
    with pytest.raises(ValueError, match="the estimator was trained on loud, a b, É"):
        tuned.fit(X, y[TAGS[::-1]])


def test_class_weights_by_name(table):
    X, y = table
    plain = network().fit(X, y).predict_proba(X)
    heavy = network(class_weight={"a b": 50.0}).fit(X, y).predict_proba(X)
    assert (heavy - plain).mean(axis=0).argmax() == 1


# -- what is said about tags ----------------------------------------------------------
def test_reports_take_the_names(table):
    X, y = table
    proba = network().fit(X, y).predict_proba(X)
    assert TagReport(y, proba).tags == TAGS
    assert TagReport(y.to_numpy(), proba).tags == ["0", "1", "2"]
    assert mean_by_class(X, y).classes.tolist() == TAGS


def test_warnings_take_the_names(table):
    X, y = table
    y["Éire"] = 0
    y.loc[0, "a b"], y.loc[1:, "a b"] = 1, 0
    with pytest.warns(UserWarning, match=r"Tags \['a b'\] occur in fewer than"):
        [*MultilabelStratifiedGroupKFold(3).split(X, y)]
    with pytest.warns(UserWarning, match=r"Tags \['Éire'\] occur in none"):
        TagThresholdClassifier(KNeighborsClassifier(3), cv=3).fit(X, y)


# -- files ----------------------------------------------------------------------------
@pytest.fixture
def songs(rng, tmp_path):
    """Six songs and their tags, as a manifest has them."""
    lines = ["path,tags"]
    for i in range(6):
        name, tags = f"{i}.wav", ("loud" if i % 2 else "") + ("|slow" if i < 3 else "")
        wave = rng.normal(size=RATE) * (0.2 if i % 2 else 0.002)
        soundfile.write(tmp_path / name, wave.clip(-1, 1), RATE)
        lines.append(f"{name},{tags}")
    (tmp_path / "songs.csv").write_text("\n".join(lines))
    return load_manifest(tmp_path / "songs.csv")


def pipeline(last):
    mel = MelSpectrogram(sample_rate=RATE, n_fft=256, hop_length=256, n_mels=8)
    return make_pipeline(mel, SummaryStats(), last)


@pytest.mark.parametrize(
    "last",
    [network(), SliceVotingClassifier(KNeighborsClassifier(1)), tagger()],
    ids=["network", "voting", "of scikit-learn"],
)
def test_from_a_manifest_to_predictions(songs, tmp_path, last):
    y = pd.DataFrame(songs.target, columns=songs.target_names)
    joblib.dump(pipeline(last).fit(songs.paths, y), tmp_path / "model.joblib")
    model = joblib.load(tmp_path / "model.joblib")
    # scikit-learn's own keep no names
    names = songs.target_names if model.classes_[0] == 0 else None
    found = [*predict_files(model, songs.paths, names=names)]
    assert all(set(p.labels) == {"loud", "slow"} for p in found)
    proba = dict(zip(found[0].labels, found[0].proba, strict=True))
    expected = model.predict_proba(songs.paths[:1])[0]
    assert [proba["loud"], proba["slow"]] == pytest.approx(expected)


def test_tags_of_a_model_without_probabilities(songs):
    model = pipeline(SliceVotingClassifier(RidgeClassifier()))
    model.fit(songs.paths, pd.DataFrame(songs.target, columns=songs.target_names))
    answers = model.predict(songs.paths)
    assert 0 < answers.sum() < answers.size
    for prediction, row in zip(predict_files(model, songs.paths), answers, strict=True):
        assert prediction.proba == ()
        assert prediction.labels == tuple(songs.target_names[row == 1].tolist())
