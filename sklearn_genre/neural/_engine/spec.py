"""What a net is built from, in ``fit`` and again when a model is loaded."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NetSpec:
    """Description of a net, kept beside its weights in a saved model.

    It holds plain data only, and classes by name, so that pickle, joblib and skops can
    write it and a later change of the estimator's parameters does not reach it.

    Attributes
    ----------
    network : type
        Class of the torch module.
    params : dict
        What the module takes beside the shapes.
    n_bands, n_frames : int
        Shape of one input.
    n_outputs : int
        Number of classes or tags; 0 for a network without labels.
    mean, scale : list of float of length n_bands, or None
        What each band is standardized by.
    init : str, float or None
        How the weights were drawn; see `init_weights`.
    window : int or None
        Length in frames of the windows that clips are cut into.
    loss : dict
        What the net class takes to compute its loss: "multilabel" and
        "label_smoothing", and what a class with a loss of its own adds.
    tag_weight : list of float of length n_outputs, or None
        Weight of the positives of each tag.
    device : str
    dtype : str
        Precision of the weights.
    autocast : bool
        Whether to compute under bfloat16 autocast.
    optimizer : str or type
    training : dict
        Parameters of the skorch net that the estimator sets.
    net_params : dict or None
        Parameters of the skorch net that the user sets; they go before.
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
