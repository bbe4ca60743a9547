"""Any classifier on slices, with one vote per clip."""

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    MetaEstimatorMixin,
    clone,
    is_classifier,
)
from sklearn.utils import check_consistent_length, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import dense, finite, refuse_ragged
from .._utils.routing import fit_router, routed_fit_params
from .._utils.tags import (
    column_names,
    probabilities,
    read_targets,
    tag_classes,
    tag_columns,
)
from .._utils.voting import RULES, answers_as_votes, log_odds, vote, vote_decision
from ..parameters import REQUIRED, Declared, OneOf, Rule
from ..rows import RowView


def _has(estimator, name):
    """Return whether the fitted estimator, or else the given one, has a method."""
    return hasattr(getattr(estimator, "estimator_", estimator.estimator), name)


def _can_give_proba(estimator):
    """Return whether voting and the inner estimator allow ``predict_proba``."""
    return estimator.voting == "hard" or _has(estimator, "predict_proba")


def _can_decide(estimator):
    """Return whether voting and the inner estimator allow ``decision_function``."""
    return _can_give_proba(estimator) or _has(estimator, "decision_function")


class _Classifier(Rule):
    """A scikit-learn classifier, which may be a Pipeline."""

    type, annotation = "classifier", "BaseEstimator"
    words = "a classifier"

    def accepts(self, value, owner):
        return not isinstance(value, type) and is_classifier(value)


class SliceVotingClassifier(
    Declared, MetaEstimatorMixin, ClassifierMixin, BaseEstimator
):
    """Any scikit-learn classifier on slices, with one vote per clip.

    In ``fit`` each slice is an example with its clip's label; in prediction the
    slices of a clip vote. The rows of X are clips, so cross-validation and every
    scorer see clips only.

    Attributes
    ----------
    estimator_ : classifier
        The fitted clone of ``estimator``.
    classes_ : ndarray of shape (n_classes,)
        The labels; or the tags: the columns of a DataFrame by name, of a plain matrix
        by number.
    multilabel_ : bool
        Whether y was a multilabel indicator matrix (tags).
    n_features_in_ : int
        As seen by ``estimator_``, if it has the attribute.
    feature_names_in_ : ndarray of shape (n_features,)
        As seen by ``estimator_``, if it has the attribute.

    See Also
    --------
    Slicer : Cuts clips into slices.
    CNNClassifier : Trains on slices and votes by itself.

    Notes
    -----
    X is reshaped, not copied. Shapes: (n_clips, n_features) is one slice per clip,
    where the prediction is the estimator's own; (n_clips, n_slices, n_features) gives
    the estimator (n_clips * n_slices, n_features); (n_clips, n_slices, n_bands,
    n_frames) gives it (n_clips * n_slices, n_bands, n_frames). So three axes are always
    slices of features: spectrograms that were not cut, of shape (n_clips, n_bands,
    n_frames), look the same, and their bands would vote. Put a `Slicer` before.

    Everything in ``fit_params`` that has one value per clip (``sample_weight``,
    ``groups``) is repeated for the slices. With metadata routing enabled, the
    estimator must request it, as within any scikit-learn meta-estimator.

    An estimator that splits its training data itself, such as GridSearchCV,
    CalibratedClassifierCV or one with early stopping, splits slices here. Put the
    search around the SliceVotingClassifier instead, or give it a splitter by groups
    and one group per clip as ``groups``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_genre import SliceVotingClassifier, Slicer, SummaryStats
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["calm", "loud"], 10)
    >>> X = rng.normal(size=(20, 8, 400)) * np.where(y == "loud", 3, 1)[:, None, None]
    >>> model = make_pipeline(
    ...     Slicer(slice_length=100),
    ...     SliceVotingClassifier(make_pipeline(SummaryStats(), LogisticRegression())),
    ... )
    >>> model.fit(X, y).predict(X[[0, -1]])
    array(['calm', 'loud'], dtype='<U4')
    >>> model[-1].predict_proba_slices(model[:-1].transform(X)).shape
    (20, 4, 2)
    """

    _parameters = {
        "estimator": _Classifier(
            REQUIRED,
            "Any scikit-learn classifier or Pipeline ending in one. It sees X with "
            "clips and slices in one axis: (n_clips * n_slices, ...).",
        ),
        "voting": OneOf(
            "soft",
            """
            - "soft": the mean of the slices' probabilities decides;
            - "hard": every slice has one vote, its ``predict``; a tag needs more than
              half of them. Ties go to the class that is first in ``classes_``;
            - "max": the most confident slice decides.

            For a classifier without ``predict_proba``, "soft" and "max" combine the
            values of its ``decision_function``.
            """,
            choices=RULES,
        ),
    }

    def fit(self, X, y, **fit_params):
        """Train the estimator on all slices of all clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features), \
(n_clips, n_slices, n_features) or (n_clips, n_slices, n_bands, n_frames)
        y : array-like of shape (n_clips,) or (n_clips, n_tags)
            Labels, or a multilabel indicator; the columns of a DataFrame name the tags.
        **fit_params : dict
            Passed to the ``fit`` of the estimator; values with one entry per clip are
            repeated for the slices.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the estimator is not a classifier, y is missing or not a classification
            target, X and y differ in length, or the estimator can give neither
            probabilities nor decision values and ``voting`` is not "hard".
        """
        self.check_params()
        names = column_names(y)
        y, self.multilabel_ = read_targets(y, self)
        slices, k = _flatten(X)
        check_consistent_length(X, y)
        for name in {"sample_weight", "groups", "val_mask"} & {*fit_params}:
            check_consistent_length(X, fit_params[name])
        fit_params = {
            name: _repeat(value, len(y), k)
            for name, value in routed_fit_params(self, fit_params).items()
        }
        self.estimator_ = clone(self.estimator).fit(
            slices, _repeat(y, len(y), k), **fit_params
        )
        self._learn_from_estimator(y, names)
        return self

    def _learn_from_estimator(self, y, names):
        """Adopt the attributes of the fitted estimator."""
        self._y_dtype = y.dtype
        if self.multilabel_:
            self.classes_ = tag_classes(names, y.shape[1])
        else:
            self.classes_ = self.estimator_.classes_
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
            elif hasattr(self, name):
                delattr(self, name)
        if not _can_decide(self):
            raise ValueError(
                f"SliceVotingClassifier: voting={self.voting!r} needs a classifier "
                "with predict_proba or decision_function, and "
                f"{type(self.estimator_).__name__} has neither. Use voting='hard'."
            )

    @available_if(lambda self: _has(self, "predict_proba"))
    def predict_proba_slices(self, X):
        """Predict probabilities of every slice, before the vote.

        Available if the estimator has ``predict_proba``.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features), \
(n_clips, n_slices, n_features) or (n_clips, n_slices, n_bands, n_frames)

        Returns
        -------
        proba : ndarray of shape (n_clips, n_slices, n_classes) or \
(n_clips, n_slices, n_tags)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        slices, k = _flatten(X)
        proba = probabilities(self.estimator_, slices)
        if self.multilabel_:
            proba = tag_columns(proba, self.estimator_.classes_)
        return _by_clip(proba, k)

    @available_if(_can_give_proba)
    @finite
    def predict_proba(self, X):
        """Predict probabilities of every clip, by the vote of its slices.

        Available if the estimator has ``predict_proba`` or ``voting="hard"``, where
        they are the shares of votes.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features), \
(n_clips, n_slices, n_features) or (n_clips, n_slices, n_bands, n_frames)

        Returns
        -------
        proba : ndarray of shape (n_clips, n_classes) or (n_clips, n_tags)
            In the order of ``classes_``. Rows sum to one for classes; tags are
            independent.
        """
        check_is_fitted(self)
        if self.voting != "hard":
            proba = self.predict_proba_slices(X)
        else:
            slices, k = _flatten(X)
            answers = self.estimator_.predict(slices)
            votes = answers_as_votes(
                answers, self.classes_, multilabel=self.multilabel_
            )
            proba = _by_clip(votes, k)
        return vote(proba, self.voting, multilabel=self.multilabel_)

    @available_if(_can_decide)
    def decision_function(self, X):
        """Return the values by which ``predict`` decides and scorers rank clips.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features), \
(n_clips, n_slices, n_features) or (n_clips, n_slices, n_bands, n_frames)

        Returns
        -------
        decision : ndarray of shape (n_clips,), (n_clips, n_classes) or \
(n_clips, n_tags)
            If ``predict_proba`` is available: log odds of the second of two classes or
            of each tag, or the logarithm of the probabilities for more classes.
            Otherwise: the slices' own decision values, combined by ``voting``.
        """
        check_is_fitted(self)
        if _can_give_proba(self):
            return log_odds(self.predict_proba(X), multilabel=self.multilabel_)
        slices, k = _flatten(X)
        decision = _by_clip(self.estimator_.decision_function(slices), k)
        return vote_decision(decision, self.voting)

    def predict(self, X):
        """Predict the label, or the tags, of every clip.

        Parameters
        ----------
        X : array-like of shape (n_clips, n_features), \
(n_clips, n_slices, n_features) or (n_clips, n_slices, n_bands, n_frames)

        Returns
        -------
        y : ndarray of shape (n_clips,) or (n_clips, n_tags)
            With the dtype of the y in ``fit``.
        """
        check_is_fitted(self)
        slices, k = _flatten(X)
        if k == 1:
            return self.estimator_.predict(slices)
        if _can_give_proba(self):
            votes, threshold = self.predict_proba(X), 0.5
        else:
            votes, threshold = self.decision_function(X), 0
        if self.multilabel_:
            return (votes > threshold).astype(self._y_dtype)
        if votes.ndim == 1:
            return self.classes_[(votes > threshold).astype(int)]
        return self.classes_[votes.argmax(axis=1)]

    def get_metadata_routing(self):
        """Return which metadata goes to the estimator.

        Returns
        -------
        routing : MetadataRouter
        """
        return fit_router(self)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        if self._rules["estimator"].legal(self.estimator, self):
            inner = get_tags(self.estimator)
            tags.input_tags.sparse = inner.input_tags.sparse
            tags.input_tags.allow_nan = inner.input_tags.allow_nan
            tags.classifier_tags = inner.classifier_tags
        return tags


def _flatten(X):
    """Return X with clips and slices in one axis, and the slices per clip."""
    refuse_ragged(X, "SliceVotingClassifier")
    array = dense(X) if hasattr(X, "ndim") else np.asarray(X)
    if array.ndim < 3:
        return array, 1
    if array.ndim > 4:
        raise ValueError(
            f"Found array with dim {array.ndim}, while dim <= 4 is required by "
            "SliceVotingClassifier."
        )
    n, k = array.shape[:2]
    if isinstance(array, RowView):
        return array.flatten(), k
    return array.reshape(n * k, *array.shape[2:]), k


def _by_clip(answers, k):
    """Reshape answers for slices from (n * k, ...) to (n, k, ...)."""
    answers = np.asarray(answers)
    return answers.reshape(-1, k, *answers.shape[1:])


def _repeat(value, n, k):
    """Repeat values given per clip for each of the k slices; leave others unchanged."""
    if k == 1 or np.ndim(value) == 0 or len(value) != n:
        return value
    return np.repeat(np.asarray(value), k, axis=0)
