"""Autoencoder and classifier of its code, trained together."""

from ..._utils.checks import check_choice, check_number, check_sizes
from .._classifier import NeuralClassifier
from ._autoencoder import CodeMixin
from ._layers import ACTIVATIONS

REDUCTIONS = ("mean", "sum")


class DeepSoftmaxAutoencoder(CodeMixin, NeuralClassifier):
    """Autoencoder and classifier of its code, trained together.

    The loss of a clip x with label y, code f(x), reconstruction g(f(x)) and
    predicted probabilities p is

    ``gamma * ||x - g(f(x))||^2 - (1 - gamma) * sum_k y_k log p_k``

    so that the code must both rebuild the clip and tell its genre.

    Parameters
    ----------
    hidden_sizes : sequence of int, default=(256, 192, 128)
        Units of the encoder's hidden layers; the decoder has them in reverse.
    n_components : int, default=64
        Length of the code, >= 1.
    activation : str or sequence of str, default="elu"
        "elu", "gelu", "identity", "relu", "sigmoid" or "tanh": for all hidden
        layers, or one per entry of ``hidden_sizes``. The public code has
        ``("sigmoid", "tanh", "relu")``.
    code_activation : str, default="identity"
        The same choice, for the code. The public code has "relu". The output of the
        decoder is always linear: the public code ends in a ReLU, which cannot
        rebuild the negative half of a waveform.
    classifier_sizes : sequence of int, default=(128,)
        Units of the hidden layers between code and classes; () is a softmax of the
        code.
    classifier_activation : {"tanh", "relu", "elu", "gelu"}, default="tanh"
        Activation of those layers.
    gamma : float, default=0.9
        Weight of the reconstruction, in [0, 1]; 0 leaves a plain classifier.
    reduction : {"mean", "sum"}, default="mean"
        Whether the squared errors of a clip's values are averaged or, as in the
        formula, added. With "mean" and ``standardize`` the balance of the two
        terms depends neither on the unit nor on the length of the clips.
    **training
        The parameters of `NeuralClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The genres, or the tags' column numbers.
    net_ : skorch.NeuralNet
        The trained net.
    n_features_in_ : int
        Number of bands.
    n_frames_in_ : int
        Number of frames in ``fit``.
    n_iter_ : int
        Number of epochs trained.
    multilabel_ : bool
        Whether ``y`` was an indicator matrix.

    See Also
    --------
    Autoencoder : Learns without labels; a transformer for any classifier.

    Notes
    -----
    The public code behind the source adds 0.1 times the classification loss to a
    cross-entropy of values as its reconstruction loss; what its report describes,
    and what is built here, is the formula above. For tags the second term is the
    mean binary cross-entropy.

    Weights of clips and classes multiply both terms. Changes by ``augment`` are made
    to the input only. What is to be rebuilt is the clip as it was; under mixup the
    targets of both terms are mixed in the proportion of the two clips.

    The codes also tell the genre of the training clips, so a further classifier on
    ``transform`` of the same clips sees them better separated than new ones.

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

    def __init__(
        self,
        *,
        hidden_sizes=(256, 192, 128),
        n_components=64,
        activation="elu",
        code_activation="identity",
        classifier_sizes=(128,),
        classifier_activation="tanh",
        gamma=0.9,
        reduction="mean",
        **training,
    ):
        super().__init__(**training)
        self.hidden_sizes = hidden_sizes
        self.n_components = n_components
        self.activation = activation
        self.code_activation = code_activation
        self.classifier_sizes = classifier_sizes
        self.classifier_activation = classifier_activation
        self.gamma = gamma
        self.reduction = reduction

    def _check_params(self):
        super()._check_params()
        check_sizes(self, "classifier_sizes", empty=True)
        check_choice(self, "classifier_activation", tuple(ACTIVATIONS))
        check_number(self, "gamma", low=0, high=1)
        check_choice(self, "reduction", REDUCTIONS)

    def _network(self):
        network, params = super()._network()
        return network, dict(
            params,
            classifier_sizes=tuple(self.classifier_sizes),
            classifier_activation=self.classifier_activation,
        )

    def _task(self, y):
        return dict(
            super()._task(y), loss=dict(gamma=self.gamma, reduction=self.reduction)
        )
