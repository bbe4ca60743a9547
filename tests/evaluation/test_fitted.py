"""``evaluate`` with ``protocol="fitted"``: a model as it is, on all rows."""

import numpy as np
import pytest
from helpers import tagger
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB

from sklearn_genre import evaluate
from sklearn_genre.evaluation import compare

Y = np.repeat(["jazz", "pop", "rock"], 20)
X = np.random.default_rng(0).normal(size=(60, 4)) + (Y == "rock")[:, None]
MODEL = GaussianNB().fit(X[::2], Y[::2])


def fitted(model=MODEL, y=Y, **params):
    return evaluate(model, X, y, protocol="fitted", **params)


def test_the_model_is_tested_as_it_is(tmp_path):
    means = MODEL.theta_.copy()
    report = fitted()
    assert report.scores["accuracy"] == MODEL.score(X, Y)
    assert report.title == "a fitted model as it is"
    np.testing.assert_array_equal(MODEL.theta_, means)
    np.testing.assert_allclose(report.proba, MODEL.predict_proba(X))
    with pytest.raises(NotFittedError):
        fitted(GaussianNB())
    report.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "fitted elsewhere" in page
    assert "0 rows for training" not in page


def test_no_leak_is_looked_for():
    report = fitted(groups=np.arange(60) // 3)
    assert report.unit == "group"
    assert report.n_units == 20
    assert not report.leakage
    said = report.leakage.summary()
    assert said[0] == "Checked: nothing."
    assert said[1].startswith("Not checked: whether these songs")
    assert "No leak" not in str(report) + str(report.leakage)


def test_genres_that_only_one_side_knows():
    report = fitted(y=np.where(Y == "pop", "ska", Y))
    assert report.class_names == ["jazz", "pop", "rock", "ska"]
    assert report.confusion_matrix.sum() == 60
    assert report.confusion_matrix[:, 3].sum() == 0
    (note,) = report.notes
    assert note == "The model does not know ska: their 20 songs count as errors."


def test_two_fitted_models():
    other = GaussianNB().fit(X[1::2], Y[1::2])
    assert compare(fitted(), fitted(other)).test == "mcnemar"


def test_tags_have_the_order_of_the_model():
    y = np.column_stack([Y == "jazz", Y == "rock"]).astype(int)
    model = tagger().fit(X, y)
    report = evaluate(model, X, y, protocol="fitted")
    assert report.roc_auc["macro"] > 0.5
