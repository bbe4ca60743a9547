"""What a net is built from, in ``fit`` and again when a model is loaded."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NetSpec:
    """Description of a net, saved with its weights.

    It holds plain data and classes only, which pickle, joblib and skops can write.
    A loaded model is built from it, not from the estimator's parameters, which may
    have changed since ``fit``.

    Attributes
    ----------
    network : type
        Class of the torch module.
    params : dict
        Parameters of the module other than the shapes.
    n_bands, n_frames : int
        Shape of one input.
    n_outputs : int
        Number of classes or tags; 0 for a network without labels.
    mean, scale : list of float of length n_bands, or None
        Values by which each band is standardized.
    init : str, float or None
        How the weights were drawn; see `init_weights`.
    window : int or None
        Length in frames of the windows that clips are cut into.
    loss : dict
        Parameters of the loss: "multilabel" and "label_smoothing", and what a class
        with a loss of its own adds.
    tag_weight : list of float of length n_outputs, or None
        Weight of the positives of each tag.
    device : str
    dtype : str
        Precision of the weights.
    autocast : bool
        Whether to compute under bfloat16 autocast.
    optimizer : str or type
    training : dict
        Parameters of the skorch net that follow from those of the estimator.
    net_params : dict or None
        Parameters of the skorch net that the user sets; they take precedence.
    """

    network: type
    params: dict
    n_bands: int
    n_frames: int
    n_outputs: int
    mean: list | None = None
    scale: list | None = None
    init: str | float | None = None
    window: int | None = None
    loss: dict = field(default_factory=dict)
    tag_weight: list | None = None
    device: str = "cpu"
    dtype: str = "float32"
    autocast: bool = False
    optimizer: str | type = "adam"
    training: dict = field(default_factory=dict)
    net_params: dict | None = None

    def module_params(self):
        """Return the parameters of the standardized network."""
        shapes = ("network", "n_bands", "n_frames", "n_outputs")
        names = (*shapes, "mean", "scale", "init")
        return {name: getattr(self, name) for name in names} | self.params
