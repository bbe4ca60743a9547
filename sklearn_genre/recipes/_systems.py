"""The published systems as data: recipe, figure and split of each."""

from dataclasses import dataclass, field

from ._comparators import (
    dieleman_cnn,
    dieleman_multiscale,
    hamel_pooled,
    oord_transfer,
)
from ._jones import jones_cnn, jones_dnn
from ._lachmish import lachmish_cnn
from ._networks import musicnn, sample_cnn, short_chunk_cnn
from ._nmf import nmf
from ._panwar import choi_fcn, panwar_crnn
from ._pun import pun_dense, pun_hybrid
from ._raw_audio import autoencoder_two_stage, pca_two_stage, softmax_autoencoder
from ._tables import knn, pun_bayes, pun_logistic, pun_svm, tree
from ._tzanetakis import gmm
from ._weights import count_weights

_RECIPES = {
    recipe.__name__: recipe
    for recipe in (
        *(jones_cnn, jones_dnn, panwar_crnn, choi_fcn, lachmish_cnn),
        *(pun_bayes, pun_dense, pun_hybrid, pun_logistic, pun_svm, gmm, knn, tree),
        *(autoencoder_two_stage, pca_two_stage, softmax_autoencoder),
        *(dieleman_cnn, dieleman_multiscale, hamel_pooled, nmf, oord_transfer),
        *(musicnn, sample_cnn, short_chunk_cnn),
    )
}
JONES = "Jones & Bonafilia"
PANWAR = "Panwar et al. 2017"
LACHMISH = "Lachmish 2016"
PUN = "Pun & Nazirkhanova"
PATAKULA = "Patakula et al."

_GTZAN_900 = "GTZAN, 900 songs to train and 100 to test, at random by song"
_VALIDATION = "GTZAN, validation set, split not stated"
_LACHMISH = "GTZAN, 800 songs to train, 200 to test, as its code has it"
_MTT_RANDOM = (
    "MagnaTagATune, 19,773/1,521/4,566 clips at random, 50 merged tags: clips of a "
    "track on both sides"
)
_MTT_CLEAN = "MagnaTagATune, 15,247/1,529/4,332 clips, by artist"
_HOMBURG = "nine genres of Homburg et al., split not stated"
_TEN_FOLD = "GTZAN, random 10-fold by song"
_SLICES = (
    "GTZAN, 4 genres, 6,000 slices to train and 2,000 to validate, shuffled: LEAKS, "
    "slices of a song on both sides"
)


@dataclass(frozen=True)
class System:
    """Published system, with the figure that the paper gives.

    Attributes
    ----------
    rows : tuple of str
        Its rows on the page "Systems" of the documentation, such as "S1-f".
    name : str
    recipe : str
        Name of the function of :mod:`sklearn_genre.recipes`.
    params : dict
        Its parameters.
    paper : str
    metric : {"accuracy", "roc_auc"}
        ROC-AUC is the mean over tags.
    figure : float or None
        In [0, 1]; None where the paper gives none.
    spread : float or None
        Standard deviation, as the paper gives it.
    split : str
        Data and split of the figure; empty where there is none.
    quoted : bool
        Whether the paper quotes the figure from others, who used other features or
        another training, instead of measuring it.
    input : {"spectrogram", "waveform", "table"}
        What X holds with ``front_end=None``.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> system = recipes.SYSTEMS[2]
    >>> system.recipe, system.params, system.figure
    ('jones_cnn', {'n_slices': 5}, 0.83)
    >>> print(system.summary())
    Jones & Bonafilia, 3 convolutions on 5 slices: accuracy 0.83 (GTZAN, 900 songs to
    train and 100 to test, at random by song)
    """

    rows: tuple
    name: str
    recipe: str
    params: dict = field(hash=False)
    paper: str
    metric: str
    figure: float | None
    split: str
    quoted: bool = False
    spread: float | None = None
    input: str = "spectrogram"

    def build(self, **params):
        """Build the unfitted Pipeline.

        Parameters
        ----------
        **params : dict
            Further parameters of the recipe; they override those of the system.

        Returns
        -------
        pipeline : Pipeline

        Examples
        --------
        >>> from sklearn_genre import recipes
        >>> recipes.SYSTEMS[2].build(max_epochs=3)["classifier"].max_epochs
        3
        """
        return _RECIPES[self.recipe](**{**self.params, **params})

    def call(self):
        """Return the call that builds the system, as text.

        Returns
        -------
        text : str

        Examples
        --------
        >>> from sklearn_genre import recipes
        >>> recipes.SYSTEMS[2].call()
        'recipes.jones_cnn(n_slices=5)'
        """
        params = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"recipes.{self.recipe}({params})"

    def n_weights(self):
        """Count the weights of the system's network.

        Returns
        -------
        n_weights : int or None
            For 10 genres, or for the 50 tags or 4 genres of its paper. None if the
            system is no network, or the size of one is not stated.

        Examples
        --------
        >>> from sklearn_genre import recipes
        >>> recipes.SYSTEMS[0].n_weights()
        315914
        """
        return count_weights(self)

    def summary(self):
        """Return paper and figure in one line.

        Returns
        -------
        line : str

        Examples
        --------
        >>> from sklearn_genre import recipes
        >>> recipes.SYSTEMS[1].summary()
        'Jones & Bonafilia, one hidden layer: no figure'
        """
        if self.figure is None:
            return f"{self.paper}, {self.name}: no figure"
        spread = "" if self.spread is None else f" +- {self.spread:g}"
        quoted = "quoted, " if self.quoted else ""
        return (
            f"{self.paper}, {self.name}: {self.metric} {self.figure:g}{spread} "
            f"({quoted}{self.split})"
        )


def _pun(rows, name, recipe, figure, split=_VALIDATION, params=None, **more):
    """Make a system over a table of features, of the fourth paper by default."""
    more = {"paper": PUN, "metric": "accuracy", "input": "table"} | more
    params = {} if params is None else params
    return System(rows, name, recipe, params, figure=figure, split=split, **more)


def _tagger(name, recipe, figure, **more):
    """Make a system that the second paper quotes in its Table 4."""
    split = "MagnaTagATune, splits of their authors"
    more = {"metric": "roc_auc", "quoted": True} | more
    return System(
        ("S2-i",), name, recipe, {}, PANWAR, figure=figure, split=split, **more
    )


#: The published systems: their recipes, scores and splits, as data.
SYSTEMS = (
    System(
        ("S1-a", "S1-c", "S1-d"),
        "two hidden layers",
        "jones_dnn",
        {},
        JONES,
        "accuracy",
        0.67,
        "Million Song Dataset, partition of TU Wien",
        input="table",
    ),
    System(
        ("S1-b",),
        "one hidden layer",
        "jones_dnn",
        {"hidden_sizes": (512,)},
        JONES,
        "accuracy",
        None,
        "",
        input="table",
    ),
    System(
        ("S1-e", "S1-g", "S1-h", "S1-i"),
        "3 convolutions on 5 slices",
        "jones_cnn",
        {"n_slices": 5},
        JONES,
        "accuracy",
        0.83,
        _GTZAN_900,
    ),
    System(
        ("S1-f", "S1-g", "S1-h", "S1-i"),
        "2 convolutions on 10 slices",
        "jones_cnn",
        {"n_slices": 10},
        JONES,
        "accuracy",
        0.85,
        _GTZAN_900,
    ),
    _pun(
        ("S1-n", "S4-j"),
        "Gaussian mixtures of Tzanetakis & Cook, 30 MARSYAS features",
        "gmm",
        0.61,
        "GTZAN, 100 times random 10-fold by song",
        paper=JONES,
        spread=0.04,
        quoted=True,
    ),
    _pun(
        ("S1-n",),
        "pairwise SVM of Li et al., their features",
        "pun_svm",
        0.749,
        _TEN_FOLD,
        {"multiclass": "ovo"},
        paper=JONES,
        quoted=True,
    ),
    _pun(
        ("S1-n",),
        "one-against-rest SVM of Li et al., their features",
        "pun_svm",
        0.785,
        _TEN_FOLD,
        {"multiclass": "ovr"},
        paper=JONES,
        quoted=True,
    ),
    System(
        ("S2-a", "S2-b", "S2-c", "S2-d", "S2-f", "S2-h"),
        "CRNN",
        "panwar_crnn",
        {},
        PANWAR,
        "roc_auc",
        0.893,
        _MTT_RANDOM,
    ),
    System(
        ("S2-c",),
        "CRNN as Choi et al. have it",
        "panwar_crnn",
        {"variant": "choi"},
        PANWAR,
        "roc_auc",
        None,
        "",
    ),
    System(
        ("S2-i",),
        "FCN-4 of Choi et al.",
        "choi_fcn",
        {"n_layers": 4},
        PANWAR,
        "roc_auc",
        0.894,
        "MagnaTagATune, split of Choi et al.",
        quoted=True,
    ),
    System(
        ("S2-i",),
        "FCN-5 of Choi et al.",
        "choi_fcn",
        {"n_layers": 5},
        PANWAR,
        "roc_auc",
        None,
        "",
    ),
    _tagger("1-D convolutions of Dieleman & Schrauwen", "dieleman_cnn", 0.882),
    _tagger("multi-scale k-means, Dieleman & Schrauwen", "dieleman_multiscale", 0.898),
    _tagger("transfer of van den Oord et al.", "oord_transfer", 0.88, input="table"),
    _tagger("pooled MFCC of Hamel et al.", "hamel_pooled", 0.861, input="table"),
    System(
        ("S3-a", "S3-b", "S3-d", "S3-f"),
        "convolutions over time, mel powers",
        "lachmish_cnn",
        {"features": "mel"},
        LACHMISH,
        "accuracy",
        0.4687,
        _LACHMISH,
    ),
    System(
        ("S3-c", "S3-f"),
        "convolutions over time, MFCC",
        "lachmish_cnn",
        {"features": "mfcc"},
        LACHMISH,
        "accuracy",
        0.1718,
        _LACHMISH,
    ),
    System(
        ("S3-b", "S3-f"),
        "form of the public code, mel powers",
        "lachmish_cnn",
        {"features": "mel", "variant": "code"},
        LACHMISH,
        "accuracy",
        0.4687,
        _LACHMISH,
    ),
    System(
        ("S3-c", "S3-f"),
        "form of the public code, MFCC",
        "lachmish_cnn",
        {"features": "mfcc", "variant": "code"},
        LACHMISH,
        "accuracy",
        0.1718,
        _LACHMISH,
    ),
    _pun(
        ("S3-g", "S4-j"),
        "nearest neighbors of Homburg et al., their features",
        "knn",
        0.5323,
        _HOMBURG,
        paper=LACHMISH,
        quoted=True,
    ),
    _pun(
        ("S3-g",),
        "decision tree of Homburg et al., their features",
        "tree",
        0.4544,
        _HOMBURG,
        paper=LACHMISH,
        quoted=True,
    ),
    _pun(("S4-c",), "logistic regression", "pun_logistic", 0.61),
    _pun(("S4-d",), "SVM, RBF kernel", "pun_svm", 0.65, params={"kernel": "rbf"}),
    _pun(("S4-d",), "SVM, polynomial kernel", "pun_svm", None, "", {"kernel": "poly"}),
    _pun(("S4-d",), "SVM, sigmoid kernel", "pun_svm", None, "", {"kernel": "sigmoid"}),
    _pun(("S4-e", "S3-g"), "naive Bayes", "pun_bayes", 0.64),
    _pun(("S4-f",), "fully connected network", "pun_dense", 0.68),
    System(
        ("S4-b", "S4-g"),
        "convolutions and fully connected network",
        "pun_hybrid",
        {},
        PUN,
        "accuracy",
        0.81,
        _VALIDATION,
    ),
    System(
        ("S4-j",),
        "tensor factorization of Benetos & Kotropoulos, their features",
        "nmf",
        {},
        PUN,
        "accuracy",
        0.75,
        "GTZAN, split not stated",
        quoted=True,
    ),
    System(
        ("S5-b", "S5-c"),
        "autoencoder, then a network",
        "autoencoder_two_stage",
        {},
        PATAKULA,
        "accuracy",
        None,
        "",
        input="waveform",
    ),
    System(
        ("S5-a", "S5-d", "S5-e", "S5-g"),
        "deep softmax autoencoder",
        "softmax_autoencoder",
        {},
        PATAKULA,
        "accuracy",
        0.582,
        _SLICES,
        input="waveform",
    ),
    System(
        ("S5-j",),
        "principal components, then a network",
        "pca_two_stage",
        {},
        PATAKULA,
        "accuracy",
        None,
        "",
        input="waveform",
    ),
    System(
        (),
        "short-chunk CNN with residual blocks",
        "short_chunk_cnn",
        {},
        "Won et al. 2020",
        "roc_auc",
        0.9129,
        _MTT_CLEAN,
    ),
    System(
        (),
        "musicnn",
        "musicnn",
        {},
        "Pons & Serra 2019",
        "roc_auc",
        0.9106,
        _MTT_CLEAN,
        quoted=True,
    ),
    System(
        (),
        "Sample-CNN",
        "sample_cnn",
        {},
        "Lee et al. 2017",
        "roc_auc",
        0.9058,
        _MTT_CLEAN,
        quoted=True,
        input="waveform",
    ),
)
