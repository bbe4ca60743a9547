"""Autoencoder and classifier of its code, trained together."""

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

    def _task(self, y):
        task = super()._task(y)
        own = dict(gamma=self.gamma, reduction=self.reduction)
        return task | dict(loss=task["loss"] | own)
