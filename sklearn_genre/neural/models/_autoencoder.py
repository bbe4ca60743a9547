"""Autoencoder that learns without labels."""

from sklearn.utils import check_consistent_length, check_random_state

from ...parameters import Mapping
from .._engine.targets import without_weightless
from .._estimator import NeuralEstimator
from .._training_parameters import NOT_OF_THE_NET
from .._validation import NOTHING, watched
from ._codes import CodeMixin


class Autoencoder(CodeMixin, NeuralEstimator):
    """Fully connected autoencoder: clips to short codes and back, without labels.

    The encoder narrows over ``hidden_sizes`` to a code of ``n_components`` values, the
    decoder is its mirror image, and both learn to rebuild X with the least squared
    error. In a Pipeline the codes are features for any classifier, as are the
    components of PCA, its linear counterpart. The default sizes are those of the public
    code behind the Deep Softmax Autoencoder, 500 samples to 64 and back.

    See Also
    --------
    DeepSoftmaxAutoencoder : Trained together with a classifier of the code.
    sklearn.decomposition.PCA : The best linear code.

    Notes
    -----
    With ``standardize`` the squared error that is minimized is that of standardized
    bands, so that no band counts more because of its unit; ``inverse_transform``
    and ``reconstruction_error`` are in the unit of X.

    ``augment`` changes the input only. The target is the unchanged clip, as in a
    denoising autoencoder; after mixup, it is the mixture of the two clips.

    Without hidden layers and with a linear code, no autoencoder has a lower squared
    error on its training data than a PCA with as many components; trained long
    enough it reaches that of the PCA.

    References
    ----------
    Hinton and Salakhutdinov (2006), "Reducing the dimensionality of data with neural
    networks", Science 313.
    Baldi and Hornik (1989), "Neural networks and principal component analysis:
    Learning from examples without local minima", Neural Networks 2.
    Vincent et al. (2008), "Extracting and composing robust features with denoising
    autoencoders", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import Autoencoder
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 20))
    >>> encoder = Autoencoder(hidden_sizes=(16,), n_components=2, random_state=0)
    >>> codes = encoder.fit_transform(X)
    >>> codes.shape, encoder.inverse_transform(codes).shape
    ((200, 2), (200, 20))
    >>> bool(encoder.reconstruction_error(X).mean() < X.var())
    True
    """

    _parameters = {
        "net_params": Mapping(
            None,
            'Further parameters of the skorch net, such as ``{"optimizer__betas": '
            "(0.9, 0.99)}``. ``set_params(optimizer__betas=...)`` writes here, so "
            "these names can be searched too.",
            keys=str,
            none=True,
        ),
    }
    _not_of_the_net = NOT_OF_THE_NET | dict.fromkeys(
        ("criterion", "gamma", "reduction"), "the loss is the error of reconstruction"
    )

    # groups and clips to watch reach the network whenever metadata routing is on
    __metadata_request__fit = {"groups": True, "X_val": True, "val_mask": True}

    def fit(
        self,
        X,
        y=None,
        sample_weight=None,
        groups=None,
        *,
        X_val=None,
        val_mask=None,
    ):
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, n_features), (n, n_bands, n_frames) or \
(n, n_slices, n_bands, n_frames)
            Finite floats; np.memmap is read in batches. Each slice is rebuilt by
            itself.
        y : None
            Ignored.
        sample_weight : array-like of shape (n,) or None, default=None
            Non-negative; a clip of weight zero is left out.
        groups : array-like of shape (n,) or None, default=None
            With ``early_stopping``, no group (artist) is on both sides of the
            inner split.
        X_val : array-like or None, default=None
            Clips to watch, like X: ``history_`` has their loss in each epoch,
            ``early_stopping`` goes by them and holds out no others.
        val_mask : array-like of bool of shape (n,) or None, default=None
            Instead of X_val: which clips of X are watched and not trained on.

        Returns
        -------
        self : Autoencoder

        Raises
        ------
        ValueError
            If X or a parameter is not as described, or if training diverges; the error
            names it and says what to change.
        KeyboardInterrupt
            If the user interrupts the training; a warning says after how many epochs,
            and the estimator keeps what it has learned.
        """
        self._check_params()
        return self._fit(
            X,
            sample_weight,
            groups,
            new=not (self.warm_start and hasattr(self, "net_")),
            epochs=self.max_epochs,
            lr_schedule=self.lr_schedule,
            checkpoint=self.checkpoint,
            n_restarts=self.n_restarts,
            given=watched(type(self).__name__, X, X_val, None, val_mask, targets=False),
        )

    def partial_fit(self, X, y=None, sample_weight=None):
        """Train for one epoch at the rate ``lr``, from the current weights if there are
        any.

        Parameters
        ----------
        X : array-like
            As for ``fit``.
        y : None
            Ignored.
        sample_weight : array-like of shape (n,) or None, default=None

        Returns
        -------
        self : Autoencoder
        """
        self._check_params()
        new = not hasattr(self, "net_")
        return self._fit(X, sample_weight, None, new=new, epochs=1)

    def _fit(self, X, sample_weight, groups, *, new, given=NOTHING, **how):
        X = self._check_X(X, new)
        check_consistent_length(X, groups)
        weight, X, groups, mask = without_weightless(
            sample_weight, X, groups, given.mask
        )
        given = given._replace(mask=mask)
        if given.X is not None:
            given = given._replace(X=self._check_X(given.X, False, like=X))
        if weight is not None:
            weight = (weight / weight[given.learned].mean()).astype(X.dtype)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        train, valid = self._datasets(X, None, weight, groups, seed, given)
        task = dict(n_outputs=0, loss=dict(multilabel=False, label_smoothing=0.0))
        self._train(
            train,
            valid,
            seed,
            new=new,
            task=task,
            **how,
        )
        return self

    def score(self, X, y=None):
        """Return the negative mean of ``reconstruction_error``, for model selection.

        Parameters
        ----------
        X : array-like
            As for ``fit``.
        y : None
            Ignored.

        Returns
        -------
        score : float
            At most 0; higher is better.
        """
        return -float(self.reconstruction_error(X).mean())
