"""Cross-validation by protocol: fit, predict, and gather a report."""

import time
import warnings

import numpy as np
from joblib import Parallel, delayed
from sklearn import get_config
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.utils.metadata_routing import get_routing_for_object

from .._utils.indexing import cut_params, take_rows
from .._utils.tags import probabilities, tag_columns
from ..parameters import OneOf, Verbosity
from ._leakage import LeakageReport, raise_or_warn
from ._protocols import plan_folds, unknown_classes
from ._reports import GenreReport, tag_report
from ._rows import read_rows
from ._splitters import MultilabelStratifiedGroupKFold
from ._tag_metrics import tag_scorers


def evaluate(
    estimator,
    data,
    y=None,
    *,
    protocol="artist",
    groups=None,
    songs=None,
    duplicates="find",
    split=None,
    n_splits=None,
    n_repeats=None,
    train_on=("train",),
    param_grid=None,
    inner_splits=3,
    scoring=None,
    fit_params=None,
    on_leak="report",
    n_bootstrap=2000,
    confidence=0.95,
    random_state=0,
    n_jobs=None,
    verbose=0,
):
    """Evaluate a classifier or tagger under a named protocol, and report what leaks.

    Parameters
    ----------
    estimator : classifier or Pipeline
        Cloned for each fold, so that everything it learns, including scaling, is
        learned from training songs only; not with ``protocol="fitted"``.
    data : Bunch, path-like, DataFrame or array-like of shape (n, ...)
        A data set of :mod:`sklearn_genre.datasets`, of which the first field present
        among ``data``, ``X``, ``audio`` and ``paths`` is used; a folder with one
        directory per genre; a DataFrame with a column "path" and optional
        columns "label", "group", "song" and "split"; or X: paths, waveforms, features,
        or whatever else the estimator takes.
    y : array-like of shape (n,) or (n, n_tags), or None, default=None
        Genre of each row, or 0 and 1 for each of its tags, which the columns of a
        DataFrame name; None takes that of the data set. Names are compared as they
        look, as in :func:`check_leakage`, and reported so.
    protocol : str, splitter, or iterable of (train, test), default="artist"
        - "random": stratified folds that keep the rows of a song, and duplicates, on
          one side;
        - "repeated": the same, ten times;
        - "artist": stratified folds that keep song, artist and duplicates on one
          side;
        - "nested": as "artist" (as "random" if artists are not known), and the
          parameters are searched within the training side by artist (by song);
        - "fault_filtered": the published lists, given by ``split``;
        - "five_genre": as "random", on blues, classical, country, disco and hiphop
          only;
        - "fitted": no folds: the estimator, fitted elsewhere, is tested as it is on
          all rows. What it was trained on is not known here, and so no leak is found;
        - "slice_level": random folds over slices (X of shape (n, n_slices, n_bands,
          n_frames), or songs given), each scored by itself. LEAKS: for showing the
          gap.

        For tags, folds are those of :class:`MultilabelStratifiedGroupKFold`.
    groups : array-like of shape (n,) or None, default=None
        Artist of each row, with None for the unknown ones. None takes those of the
        data set, here and in the next two.
    songs : array-like of shape (n,) or None, default=None
        Song of each row, if rows are slices.
    duplicates : {"find", "exact"}, array-like of shape (n,), iterable of sets of \
rows, or None, default="find"
        Recordings that occur more than once, as in :func:`merge_groups`: "find" takes
        those that the data set knows and searches for exact copies, None takes those
        that it knows. Duplicates that are given take the place of both; those that
        :func:`audit` found contain the exact copies.
    split : array-like of shape (n,) or None, default=None
        "train", "valid" or "test" for each row, for "fault_filtered"; rows with
        anything else are left out, and the report counts them.
    n_splits : int or None, default=None
        Number of folds, >= 2. None is 10, and 5 for "artist" and "nested", as GTZAN's
        blues has 9 artists. Fewer, with a note in the report, if the smallest genre
        has fewer songs; by artist, if it has fewer artists. A genre of a single song
        or artist, which no split can divide, does not count.
    n_repeats : int or None, default=None
        Number of times that folds are drawn, >= 1, for all but "fault_filtered". None
        is 1, and 10 for "repeated".
    train_on : str or tuple of str, default=("train",)
        Parts of ``split`` for training.
    param_grid : dict or list of dict or None, default=None
        For "nested": as in :class:`~sklearn.model_selection.GridSearchCV`. None if
        the estimator is a search already; its ``cv`` is then replaced by folds by
        artist.
    inner_splits : int, default=3
        Folds of the search within "nested", >= 2.
    scoring : str, callable or None, default=None
        What the search in "nested" maximizes; None is the accuracy, and for tags the
        macro ROC-AUC.
    fit_params : dict or None, default=None
        Passed to ``fit``; a value with one entry per row is cut to the training rows.
        With metadata routing enabled, groups (artists with their duplicates) go to
        every part that requests them even without this.
    on_leak : {"report", "warn", "raise"}, default="report"
        What to do about leaks besides reporting them. "artist" and "nested" have none
        that is known, by construction. The report says what was not checked.
    n_bootstrap : int, default=2000
        Draws for the intervals, >= 1.
    confidence : float, default=0.95
        Confidence of the intervals, in (0, 1).
    random_state : int, RandomState instance or None, default=0
        Seed of folds and bootstrap. An int gives every model the same folds.
    n_jobs : int or None, default=None
        Number of folds run at the same time, and of files searched for copies.
    verbose : int, default=0
        Show a progress bar of the folds if > 0.

    Returns
    -------
    report : GenreReport or TagReport
        As y holds genres or tags.

    Raises
    ------
    ValueError
        If the protocol is unknown, the data lack what it needs, or lengths differ; for
        tags also if the estimator gives no probabilities.
    TypeError
        If ``data`` is of none of these forms.
    LeakageError
        If something leaks and ``on_leak="raise"``.

    See Also
    --------
    compare : Two reports on the same folds.
    check_leakage : The check alone.

    References
    ----------
    B. L. Sturm, "The State of the Art Ten Years After a State of the Art: Future
    Research in Music Information Retrieval", Journal of New Music Research 43, 2014.
    C. Kereliuk, B. L. Sturm, J. Larsen, "Deep Learning and Music Adversaries", IEEE
    Transactions on Multimedia 17, 2015.
    A. Flexer, "A Closer Look on Artist Filters for Musical Genre Classification",
    ISMIR 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn_genre import evaluate
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "rock"], 30)
    >>> X = rng.normal(size=(60, 4)) + (y == "rock")[:, None]
    >>> artists = np.arange(60) // 3
    >>> report = evaluate(LogisticRegression(), X, y, groups=artists, n_splits=3)
    >>> print(report.summary())
    3-fold by artist: accuracy 0... [0..., 0...]
    """
    OneOf(choices=("report", "warn", "raise")).check_value("on_leak", on_leak)
    rows = read_rows(
        estimator,
        data,
        y,
        songs=songs,
        groups=groups,
        duplicates=duplicates,
        split=split,
        n_jobs=n_jobs,
    )
    plan = plan_folds(
        protocol,
        rows,
        n_splits=n_splits,
        n_repeats=n_repeats,
        train_on=train_on,
        random_state=random_state,
    )
    plan.notes = plan.notes + rows.copy_notes()
    if plan.key == "fitted":
        plan.notes += unknown_classes(estimator, plan.data)
    used = plan.data
    leakage = LeakageReport(plan.folds, used.relations, used.names)
    raise_or_warn(leakage, "raise" if plan.key in ("artist", "nested") else on_leak)
    params = _fit_params(estimator, fit_params, rows, used)
    jobs = (
        delayed(_run_fold)(
            _prepare(estimator, plan, fold[0], param_grid, inner_splits, scoring),
            used,
            fold,
            params,
            i,
        )
        for i, fold in enumerate(plan.folds)
    )
    answers = _all_answers(jobs, len(plan.folds), n_jobs, verbose)
    return (GenreReport if used.tags is None else tag_report)(
        plan=plan,
        answers=answers,
        leakage=leakage,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=random_state,
    )


def _all_answers(jobs, n, n_jobs, verbose):
    """Return the answers of all folds, with a progress bar if verbose."""
    Verbosity().check_value("verbose", verbose)
    answers = Parallel(n_jobs=n_jobs, return_as="generator")(jobs)
    if verbose:
        from tqdm import tqdm

        answers = tqdm(answers, total=n, desc="evaluate", unit="fold")
    return list(answers)


def _fit_params(estimator, fit_params, rows, used):
    """Return the parameters of ``fit``, restricted to the rows that are used."""
    params = cut_params(fit_params or {}, used.origin, len(rows.y))
    together = used.groups is not None or used.relations.sets("duplicate", "copy")
    if get_config()["enable_metadata_routing"] and together:
        routing = get_routing_for_object(estimator)
        if "groups" not in params and routing.consumes("fit", ["groups"]):
            params["groups"] = used.leak_codes()
    return params


def _prepare(estimator, plan, train, param_grid, inner_splits, scoring):
    """Return the estimator of a fold; with "nested" a search over inner folds."""
    if plan.key == "fitted":
        return FrozenEstimator(estimator)
    if plan.key != "nested":
        if param_grid is not None:
            raise ValueError(
                "param_grid is searched with protocol='nested' only, got protocol="
                f"{plan.key!r}."
            )
        return clone(estimator)
    codes, y = plan.groups[train], plan.data.y[train]
    folds = _inner_folds(y, codes, inner_splits)
    if scoring is None:
        scoring = "accuracy" if y.ndim == 1 else tag_scorers()["roc_auc_macro"]
    if param_grid is not None:
        return GridSearchCV(clone(estimator), param_grid, cv=folds, scoring=scoring)
    if not {"cv", "refit"} <= set(estimator.get_params(deep=False)):
        raise ValueError(
            "protocol='nested' needs param_grid, or an estimator that is a search "
            "(GridSearchCV, RandomizedSearchCV)."
        )
    return clone(estimator).set_params(cv=folds)


def _inner_folds(y, codes, n_splits):
    """Draw the folds of a search, which divide no group."""
    kind = StratifiedGroupKFold if y.ndim == 1 else MultilabelStratifiedGroupKFold
    with warnings.catch_warnings():
        # the scorers leave out what a fold lacks
        warnings.filterwarnings("ignore", "Tags .* occur in fewer than")
        return list(kind(n_splits).split(np.zeros((len(y), 1)), y, codes))


def _run_fold(estimator, data, fold, params, number):
    """Fit on one side of a fold and predict the other."""
    train, test = fold
    cut = cut_params(params, train, len(data.y))
    try:
        start = time.perf_counter()
        estimator.fit(take_rows(data.X, train), data.y[train], **cut)
        fit_time = time.perf_counter() - start
        X_test = take_rows(data.X, test)
        start = time.perf_counter()
        pred = estimator.predict(X_test)
        predict_time = time.perf_counter() - start
        proba = None
        if hasattr(estimator, "predict_proba"):
            proba = _probabilities(estimator, X_test, data)
    except Exception as error:
        error.add_note(f"(in fold {number} of evaluate)")
        raise
    return {
        "pred": pred.toarray() if hasattr(pred, "toarray") else np.asarray(pred),
        "proba": proba,
        "classes": getattr(estimator, "classes_", np.unique(data.y[train])),
        "fit_time": fit_time,
        "predict_time": predict_time,
        "best_params": getattr(estimator, "best_params_", None),
    }


def _probabilities(estimator, X, data):
    """Predict the probabilities of classes, or of tags as one array."""
    if data.tags is None:
        return probabilities(estimator, X)
    return tag_columns(
        probabilities(estimator, X), getattr(estimator, "classes_", None)
    )
