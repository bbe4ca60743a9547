"""ShrinkageDiscriminantAnalysis, against scikit-learn's own parts."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.covariance import shrunk_covariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import ClassDistance, DenseClassifier, ShrinkageDiscriminantAnalysis


def songs(rng, n_classes, n=120, n_features=200):
    """More features than songs; a few of them tell the classes apart a little."""
    y = np.arange(n) % n_classes
    X = rng.normal(size=(n, n_features))
    X[:, :20] += rng.normal(size=(n_classes, 20))[y] * 0.7
    return X, np.array(["blues", "disco", "jazz", "rock"])[y]


@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("n_features", [20, 200])
@pytest.mark.parametrize("shrinkage", [0.0, 0.1, 0.5, 1.0])
def test_predictions_are_those_of_scikit_learn(n_classes, shrinkage, n_features, rng):
    if n_features == 200 and not shrinkage:
        pytest.skip("without shrinkage more features than songs have no one solution")
    X, y = songs(rng, n_classes, n_features=n_features)
    new = rng.normal(size=(50, n_features))
    ours = ShrinkageDiscriminantAnalysis(shrinkage=shrinkage).fit(X, y)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(X, y)
    assert (ours.predict(new) == theirs.predict(new)).all()
    coef, intercept = (
        ours.temperature_ * ours.coef_,
        ours.temperature_ * ours.intercept_,
    )
    if n_classes == 2:
        coef, intercept = np.diff(coef, axis=0), np.diff(intercept)
    np.testing.assert_allclose(coef, theirs.coef_, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(intercept, theirs.intercept_, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_temperature_is_the_best_for_kept_out_songs(n_classes, rng):
    X, y = songs(rng, n_classes)
    ours = ShrinkageDiscriminantAnalysis(n_splits=4).fit(X, y)
    assert ours.temperature_ > 1.5
    scores = cross_val_predict(
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5),
        *(X, y),
        cv=StratifiedKFold(4, shuffle=True, random_state=0),
        method="predict_log_proba",
    )
    losses = [
        log_loss(y, softmax(scores / (ours.temperature_ * factor), axis=1))
        for factor in (0.9, 1.0, 1.1)
    ]
    assert np.argmin(losses) == 1


def test_new_songs_are_more_likely_than_without_temperature(rng):
    X, y = songs(rng, 4, n=400)
    train, test = slice(0, 200), slice(200, None)
    ours = ShrinkageDiscriminantAnalysis().fit(X[train], y[train])
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)
    theirs.fit(X[train], y[train])
    tempered = log_loss(y[test], ours.predict_proba(X[test]))
    assert tempered < 0.9 * log_loss(y[test], theirs.predict_proba(X[test]))


@pytest.mark.parametrize(
    ("counts", "tempered"),
    [((2, 1), False), ((3, 1), False), ((2, 2), False), ((4, 4, 1), True)],
)
def test_few_songs(counts, tempered, rng):
    y = np.repeat(["blues", "disco", "jazz"][: len(counts)], counts)
    X = rng.normal(size=(len(y), 50))
    model = ShrinkageDiscriminantAnalysis().fit(X, y)
    assert list(model.classes_) == sorted(set(y))
    assert (model.temperature_ != 1.0) == tempered
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_a_small_class_does_not_take_folds_from_the_others(rng):
    X, y = songs(rng, 2)
    folds = []

    class Counted(StratifiedKFold):
        def __init__(self, n_splits, **kwargs):
            folds.append(n_splits)
            super().__init__(n_splits, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklearn_genre.discriminant.StratifiedKFold", Counted)
        few = np.r_[X, rng.normal(size=(2, 200))]
        model = ShrinkageDiscriminantAnalysis().fit(few, np.r_[y, ["rock"] * 2])
        ShrinkageDiscriminantAnalysis(n_splits=80).fit(X, y)
    assert folds == [5, 60]
    assert 1 < model.temperature_ < 100


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("shrinkage", [0.0, 0.5, 1.0])
def test_one_song_in_each_class_is_the_nearest(copies, shrinkage, rng):
    one_each = rng.normal(size=(3, 50))
    X = np.repeat(one_each, copies, axis=0)
    y = np.repeat(["blues", "disco", "jazz"], copies)
    model = ShrinkageDiscriminantAnalysis(shrinkage=shrinkage).fit(X, y)
    new = rng.normal(size=(40, 50))
    distances = np.linalg.norm(new[:, None] - one_each, axis=2)
    assert (model.predict(new) == model.classes_[distances.argmin(axis=1)]).all()


def test_of_constant_features_the_larger_class_is_the_answer():
    X, y = np.ones((6, 4)), ["blues"] * 2 + ["disco"] * 4
    model = ShrinkageDiscriminantAnalysis().fit(X, y)
    assert set(model.predict(X)) == {"disco"}
    assert 0.5 < model.predict_proba(X[:1])[0, 1] <= 4 / 6


def test_excerpts_in_sequence_are_kept_together(rng):
    X, y = songs(rng, 3)
    train, test = slice(0, 90), slice(90, None)
    noise = 0.01 * rng.normal(size=(270, 200))
    three, labels = np.repeat(X[train], 3, axis=0) + noise, np.repeat(y[train], 3)
    order = np.argsort(labels, kind="stable")
    losses = {}
    for shuffle in (True, False):
        model = ShrinkageDiscriminantAnalysis(shuffle=shuffle)
        model.fit(three[order], labels[order])
        losses[shuffle] = log_loss(y[test], model.predict_proba(X[test]))
    assert losses[False] < 0.8 * losses[True]


def test_two_classes_and_more_have_the_usual_shapes(rng):
    for n_classes, shape in ((2, (120,)), (3, (120, 3))):
        X, y = songs(rng, n_classes)
        model = ShrinkageDiscriminantAnalysis().fit(X, y)
        decision = model.decision_function(X)
        assert decision.shape == shape
        assert model.coef_.shape == (n_classes, 200)
        best = decision > 0 if n_classes == 2 else decision.argmax(axis=1)
        assert (model.classes_[np.asarray(best, dtype=int)] == model.predict(X)).all()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"shrinkage": 1.5}, "shrinkage"),
        ({"shrinkage": -0.1}, "shrinkage"),
        ({"shrinkage": None}, "shrinkage must be a number"),
        ({"n_splits": 1}, "n_splits"),
        ({"n_splits": 2.0}, "n_splits must be an integer"),
        ({"shuffle": "no"}, "shuffle must be True or False"),
    ],
)
def test_bad_parameters(params, message, rng):
    with pytest.raises(ValueError, match=message):
        ShrinkageDiscriminantAnalysis(**params).fit(*songs(rng, 2))


def test_one_class_is_refused(rng):
    with pytest.raises(ValueError, match="only one class"):
        ShrinkageDiscriminantAnalysis().fit(rng.normal(size=(4, 3)), ["jazz"] * 4)


def test_search_over_the_shrinkage(rng):
    pipe = make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())
    grid = {"shrinkagediscriminantanalysis__shrinkage": [0.0, 0.5]}
    search = GridSearchCV(pipe, grid, cv=3, scoring="neg_log_loss")
    search.fit(*songs(rng, 3))
    assert search.best_params_["shrinkagediscriminantanalysis__shrinkage"] == 0.5


def test_values_too_large_to_compute_with_are_refused(rng):
    X, y = songs(rng, 3)
    fitted = ShrinkageDiscriminantAnalysis().fit(X, y)
    far = np.stack([X[0], np.finfo(float).max * np.sign(X[0])])
    for predict in (fitted.predict, fitted.predict_proba, fitted.decision_function):
        with pytest.raises(ValueError, match=r"X\[1\] holds values too large"):
            predict(far)
    with pytest.raises(ValueError, match="variance is beyond float64"):
        ShrinkageDiscriminantAnalysis().fit(1e200 * X, y)


@pytest.mark.parametrize("relative", [0.0, 0.5, 1.0])
def test_the_distance_is_that_of_mahalanobis(relative, rng):
    X, y = songs(rng, 3)
    new = rng.normal(size=(20, X.shape[1]))
    found = ClassDistance(shrinkage=0.3, relative=relative).fit(X, y)
    means = np.stack([X[y == genre].mean(axis=0) for genre in np.unique(y)])
    within = X - means[np.unique(y, return_inverse=True)[1]]

    def squares(centers, deviations):
        inverse = np.linalg.inv(shrunk_covariance(deviations.T @ deviations / 120, 0.3))
        away = new[:, None] - centers
        return np.einsum("ncf,fg,ncg->nc", away, inverse, away).min(axis=1)

    center = X.mean(axis=0)
    far = squares(center[None], X - center)
    expected = (relative * far - squares(means, within)) / X.shape[1]
    np.testing.assert_allclose(found.score_samples(new), expected, rtol=1e-6)
    alone = ClassDistance(relative=0.0).fit(X)
    assert alone.score_samples(X.mean(axis=0)[None]) == pytest.approx(0, abs=1e-12)


def test_a_distance_among_equal_songs():
    same = ClassDistance().fit(np.ones((3, 2)), ["dub", "ska", "dub"])
    assert same.score_samples([[1.0, 1.0]]) == 0
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ClassDistance().fit(np.ones((3, 2)), ["dub", "ska"])


def test_many_genres_of_few_songs_are_no_regression():
    """scikit-learn warns of it, whatever the labels; warnings are errors here."""
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = [f"genre {k // 2}" for k in range(36)] + ["dub", "ska", "pop", "rock"]
    for model in (ShrinkageDiscriminantAnalysis(), DenseClassifier(max_epochs=1)):
        assert len(model.fit(X, y).classes_) == 22
