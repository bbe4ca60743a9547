"""Autoencoder and classifier of its code, trained together."""

import numpy as np
from scipy.special import logsumexp
from sklearn.utils.validation import check_is_fitted

from ..._utils.arrays import finite
from ..._utils.voting import log_odds, vote
from ...parameters import OneOf, Real, Sizes
from .._classifier import NeuralClassifier
from ._codes import CodeMixin
from ._layers import ACTIVATIONS


class DeepSoftmaxAutoencoder(CodeMixin, NeuralClassifier):
    """Autoencoder and classifier of its code, trained together.

    The loss of a clip x with label y, code f(x), reconstruction g(f(x)) and
    predicted probabilities p is

    ``gamma * ||x - g(f(x))||^2 - (1 - gamma) * sum_k y_k log p_k``

    so that the code must both rebuild the clip and tell its genre.

    See Also
    --------
    Autoencoder : Learns without labels; a transformer for any classifier.

    Notes
    -----
    The public code of Patakula et al. adds 0.1 times the classification loss to a
    cross-entropy of values as its reconstruction loss; their report describes the
    formula above, which is used here. For tags the second term is the mean binary
    cross-entropy.

    Weights of clips and classes multiply both terms. ``augment`` changes the input
    only: the target is the unchanged clip. Mixup mixes the targets of both terms
    in the proportion of the two clips.

    The codes of the training clips are shaped by their genres, so a further
    classifier sees these clips better separated than new ones.

    References
    ----------
    Patakula et al., "Music genre classification", project report on a deep softmax
    autoencoder of raw audio.
    Le et al. (2018), "Supervised autoencoders: Improving generalization performance
    with unsupervised regularizers", NeurIPS.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import DeepSoftmaxAutoencoder
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "metal"], 40)
    >>> X = rng.normal(size=(80, 20))
    >>> X[40:, :4] += 3
    >>> clf = DeepSoftmaxAutoencoder(n_components=8, random_state=0).fit(X, y)
    >>> clf.score(X, y)
    1.0
    >>> clf.transform(X).shape, clf.inverse_transform(clf.transform(X)).shape
    ((80, 8), (80, 20))
    """

    _architecture = {
        "classifier_sizes": Sizes(
            (128,),
            "Units of the hidden layers between code and classes; () is a softmax of "
            "the code.",
            empty=True,
        ),
        "classifier_activation": OneOf(
            "tanh", "Activation after each of those layers.", choices=ACTIVATIONS
        ),
    }
    _parameters = {
        "gamma": Real(
            0.9,
            "Weight of the reconstruction; 0 leaves a plain classifier.",
            low=0,
            high=1,
        ),
        "reduction": OneOf(
            "mean",
            "Whether the squared errors of a clip's values are averaged or, as in the "
            'formula, added. With "mean" and ``standardize`` the balance of the two '
            "terms depends neither on the unit nor on the length of the clips.",
            choices=("mean", "sum"),
        ),
    }

    @finite
    def decision_function(self, X):
        """Return the logits: what the classifier of the code gives before the softmax.

        Parameters
        ----------
        X : array-like
            As for ``fit``.

        Returns
        -------
        score : ndarray of shape (n,), (n, n_classes) or (n, n_tags)
            Logits of each class; for two classes, the second less the first; for tags,
            log odds. Of clips cut into slices, the logarithms of ``predict_proba``
            plus the mean over the slices of the logarithm of the sum of exponents:
            one slice has its own logits, and the highest score is always that of
            ``predict``.
        """
        check_is_fitted(self)
        if self.multilabel_ or len(self.classes_) == 2:
            return super().decision_function(X)
        X = self._check_X(X, reset=False)
        clips = self._dataset_class(X, window=self._spec.window)
        parts = [logits.cpu().numpy() for _, logits, *_ in self.net_.outputs(clips)]
        logits = np.concatenate(parts).astype(np.float64)
        logits = logits.reshape(len(X), clips.n_windows, -1)
        if clips.n_windows == 1:
            return logits[:, 0]
        total = logsumexp(logits, axis=2, keepdims=True)
        return log_odds(vote(np.exp(logits - total), self.voting)) + total.mean(axis=1)

    def _task(self, y):
        task = super()._task(y)
        own = dict(gamma=self.gamma, reduction=self.reduction)
        return task | dict(loss=task["loss"] | own)
