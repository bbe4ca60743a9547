"""Base of the neural classifiers: scikit-learn in front, skorch inside."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._utils.arrays import finite
from .._utils.tags import (
    check_classes,
    column_names,
    distinct,
    read_targets,
    tag_classes,
)
from .._utils.text import listed
from .._utils.voting import RULES, log_odds, vote
from ..parameters import AnyOf, Mapping, OneOf, Real
from ._engine.batching import prediction_batch_size
from ._engine.targets import clip_weights, tag_weights, without_weightless
from ._estimator import NeuralEstimator
from ._validation import NOTHING, watched


class NeuralClassifier(ClassifierMixin, NeuralEstimator):
    """Base of the neural classifiers.

    It behaves like any scikit-learn classifier. ``fit`` builds a skorch net, trains it
    and keeps it as ``net_``. X has the shape (n, n_bands, n_frames); or (n, n_slices,
    n_bands, n_frames) for clips cut into slices, where the net is trained on slices and
    the slices of a clip vote; or (n, n_features), read as n_features bands of one
    frame. An indicator matrix as ``y`` makes the classifier a tagger.

    A subclass names its `torch.nn.Module` as ``_module`` and declares in
    ``_architecture`` the parameters of the module other than ``n_bands``, ``n_frames``
    and ``n_outputs``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres; or the tags: the columns of a DataFrame by name, of a plain matrix
        by number.
    multilabel_ : bool
        Whether ``y`` was an indicator matrix.

    See Also
    --------
    CNNClassifier : Convolutional network.
    CRNNClassifier : Convolutional recurrent network.

    Notes
    -----
    A saved model (joblib, pickle, skops) holds NumPy arrays and plain data only, so
    one trained on CUDA loads on a machine without it.
    """

    # groups and clips to watch reach the network whenever metadata routing is on
    __metadata_request__fit = {
        "groups": True,
        "X_val": True,
        "y_val": True,
        "val_mask": True,
    }

    _parameters = {
        "label_smoothing": Real(
            0.0, "Share of each target spread over all classes.", low=0, high=1
        ),
        "class_weight": AnyOf(
            None,
            "Weight of each class; for tags, of the positives of each tag, by its name "
            "or column number as in ``classes_``.",
            OneOf(choices=["balanced"]),
            Mapping(values=Real(low=0)),
            none=True,
        ),
        "voting": OneOf("soft", "How the slices of a clip vote.", choices=RULES),
    }

    # -- data ---------------------------------------------------------------------
    def _encode(self, y, reset, classes=None, names=None):
        """Return y encoded; learn ``classes_`` if ``reset``."""
        y, multilabel = read_targets(y, self)
        if multilabel:
            return self._encode_tags(y, reset, names)
        if reset:
            self.multilabel_ = False
            given, name = (y, "y") if classes is None else (classes, "classes")
            self.classes_ = distinct(given, name)
            check_classes(self.classes_, self, name)
        elif self.multilabel_:
            raise ValueError("y was a multilabel indicator matrix in the first fit.")
        unseen = distinct(y[~np.isin(y, self.classes_)])
        if len(unseen):
            raise ValueError(
                "y has classes that neither the first fit nor its argument classes "
                f"had: {listed(map(repr, unseen.tolist()), 5)}."
            )
        return np.searchsorted(self.classes_, y).astype(np.int64)

    def _encode_tags(self, y, reset, names):
        """Return tags as floats; learn their names if ``reset``."""
        classes = tag_classes(names, y.shape[1])
        if reset:
            self.multilabel_, self.classes_ = True, classes
            self._y_dtype = y.dtype
        elif (
            not self.multilabel_
            or len(classes) != len(self.classes_)
            or (names is not None and not np.array_equal(names, self.classes_))
        ):
            raise ValueError(
                "y does not have the tags seen in the first fit, in the same order."
            )
        return y.astype(np.float32)

    def _check_fit_data(self, X, y, sample_weight, groups, reset, classes, mask=None):
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None."
            )
        X, names = self._check_X(X, reset), column_names(y)
        check_consistent_length(X, y, groups)
        weight, X, y, groups, mask = without_weightless(
            sample_weight, X, y, groups, mask
        )
        return X, self._encode(y, reset, classes, names), weight, groups, mask

    def _check_given(self, given, X):
        """Return the clips and targets to watch, checked and encoded."""
        if given.X is None:
            return given
        try:
            X_val = self._check_X(given.X, False, like=X)
            check_consistent_length(X_val, given.y)
            names = column_names(given.y)
            y_val = self._encode(given.y, False, names=names)
        except ValueError as error:
            raise ValueError(f"X_val and y_val: {error}") from error
        return given._replace(X=X_val, y=y_val)

    def _weights(self, y, sample_weight, given, dtype):
        """Return the weight of each clip, from those that are learned from."""
        rows = given.learned
        class_weight = None if self.multilabel_ else self.class_weight
        part = None if sample_weight is None else sample_weight[rows]
        part = clip_weights(y[rows], self.classes_, class_weight, part, dtype)
        if part is None or given.mask is None:
            return part
        weight = np.zeros(len(y), dtype=part.dtype)
        weight[rows] = part
        return weight

    def _task(self, y):
        """Return what a `NetSpec` holds about the targets and their loss."""
        loss = dict(multilabel=self.multilabel_, label_smoothing=self.label_smoothing)
        weight = None
        if self.multilabel_:
            weight = tag_weights(y, self.classes_, self.class_weight)
        return dict(n_outputs=len(self.classes_), loss=loss, tag_weight=weight)

    # -- training -------------------------------------------------------------------
    def _fit(
        self,
        X,
        y,
        sample_weight,
        groups,
        *,
        new,
        classes=None,
        given=NOTHING,
        **how,
    ):
        X, y, sample_weight, groups, mask = self._check_fit_data(
            X, y, sample_weight, groups, new, classes, given.mask
        )
        given = self._check_given(given._replace(mask=mask), X)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        weight = self._weights(y, sample_weight, given, X.dtype)
        train, valid = self._datasets(X, y, weight, groups, seed, given)
        self._train(
            train,
            valid,
            seed,
            new=new,
            task=self._task(y[given.learned]),
            **how,
        )
        return self

    def fit(
        self,
        X,
        y,
        sample_weight=None,
        groups=None,
        *,
        X_val=None,
        y_val=None,
        val_mask=None,
    ):
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, n_bands, n_frames), \
(n, n_slices, n_bands, n_frames) or (n, n_features)
            Finite floats; np.memmap is read in batches. Clips in a list or object
            array may be up to 2 % longer than the shortest, and are cut to its length.
        y : array-like of shape (n,) or indicator matrix of shape (n, n_tags)
            One label per clip, of any type that sorts, or tags as zeros and ones; the
            columns of a DataFrame name them.
        sample_weight : array-like of shape (n,) or None, default=None
            Non-negative; a clip of weight zero is left out.
        groups : array-like of shape (n,) or None, default=None
            With ``early_stopping``, no group (artist) is on both sides of the
            inner split.
        X_val, y_val : array-like or None, default=None
            Clips to watch, like X and y: ``history_`` has their loss and score in each
            epoch, ``early_stopping`` goes by them and holds out no others. They count
            equally, and nothing is learned from them. In a Pipeline with
            ``transform_input=["X_val"]`` they go through its transformers.
        val_mask : array-like of bool of shape (n,) or None, default=None
            Instead of X_val: which clips of X are watched and not trained on, such as
            ``split == "valid"``. Cross-validation cuts it like ``groups``.

        Returns
        -------
        self : NeuralClassifier

        Raises
        ------
        ValueError
            If X, y or a parameter is not as described; the error names it. Also if
            training diverges, that is, if a training loss or a weight is no longer
            finite, from the last of its starts; the error says what to change, and the
            estimator is left unfitted.
            Also if ``checkpoint`` holds an unfinished training of the same data with
            other parameters.
        BlockingIOError
            If another process does the same training with the same ``checkpoint``.
        KeyboardInterrupt
            If the user interrupts the training; a warning says after how many epochs,
            and the estimator keeps what it has learned.
        """
        self._check_params()
        new = not (self.warm_start and hasattr(self, "net_"))
        return self._fit(
            X,
            y,
            sample_weight,
            groups,
            new=new,
            epochs=self.max_epochs,
            lr_schedule=self.lr_schedule,
            checkpoint=self.checkpoint,
            n_restarts=self.n_restarts,
            given=watched(type(self).__name__, X, X_val, y_val, val_mask),
        )

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch at the rate ``lr``, from the current weights if there are
        any.

        Parameters
        ----------
        X : array-like
            As for ``fit``.
        y : array-like of shape (n,) or (n, n_tags)
        classes : array-like of shape (n_classes,) or None, default=None
            All classes that will ever occur; required in the first call if ``y`` lacks
            some.
        sample_weight : array-like of shape (n,) or None, default=None

        Returns
        -------
        self : NeuralClassifier
        """
        self._check_params()
        new = not hasattr(self, "net_")
        return self._fit(X, y, sample_weight, None, new=new, classes=classes, epochs=1)

    # -- prediction -----------------------------------------------------------------
    @finite
    def predict_proba_slices(self, X):
        """Return the probabilities of every slice, before the slices vote.

        Parameters
        ----------
        X : array-like
            As for ``fit``.

        Returns
        -------
        proba : ndarray of shape (n, n_slices, n_outputs)
            One slice for X of two or three dimensions, unless
            ``augment.crop`` cuts clips into windows; then these are the slices.
        """
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        clips = self._dataset_class(X, window=self._spec.window)
        batch_size = prediction_batch_size(self.net_, clips)
        proba = self.net_.predict_proba(clips, batch_size=batch_size)
        return proba.reshape(len(clips.clips), clips.n_windows, -1)

    def predict_proba(self, X):
        """Return the probabilities of each clip.

        Parameters
        ----------
        X : array-like
            As for ``fit``. Clips up to 2 % longer than those of ``fit`` are cut to
            their length, and the last frame of clips up to 2 % shorter is repeated.

        Returns
        -------
        proba : ndarray of shape (n, n_classes) or (n, n_tags)
            In the order of ``classes_``. Rows sum to one for classes; tags are
            independent and strictly inside (0, 1).
        """
        proba = self.predict_proba_slices(X)
        return vote(proba, self.voting, multilabel=self.multilabel_)

    def predict(self, X):
        """Return the most probable genre of each clip, or its tags.

        Parameters
        ----------
        X : array-like
            As for ``fit``.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_tags)
            A tag is given where its probability is above 0.5.
        """
        proba = self.predict_proba(X)
        if self.multilabel_:
            return (proba > 0.5).astype(self._y_dtype)
        return self.classes_[proba.argmax(axis=1)]

    def predict_log_proba(self, X):
        """Return the logarithm of ``predict_proba``.

        Parameters
        ----------
        X : array-like
            As for ``fit``.

        Returns
        -------
        log_proba : ndarray of shape (n, n_classes) or (n, n_tags)
        """
        tiny = np.finfo(np.float64).tiny
        return np.log(np.maximum(self.predict_proba(X), tiny))

    def decision_function(self, X):
        """Return log odds (two classes, tags: positive is yes) or log probabilities.

        Parameters
        ----------
        X : array-like
            As for ``fit``.

        Returns
        -------
        score : ndarray of shape (n,), (n, n_classes) or (n, n_tags)
        """
        return log_odds(self.predict_proba(X), multilabel=self.multilabel_)

    # -- scikit-learn and pickle ------------------------------------------------------
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.input_tags.three_d_array = True
        return tags
