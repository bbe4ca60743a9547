"""Pun & Nazirkhanova's 93 features, and classical classifiers over such tables."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from ..features import FrameDescriptors, SummaryStats
from ._common import choose, on_table


def pun_features(*, duration=30.0):
    """Build the transformer to the 93 features of Pun & Nazirkhanova (S4-a).

    Stated: mean, median and standard deviation over time of zero crossing rate,
    spectral centroid, contrast, bandwidth and rolloff, 13 MFCC and their 13
    derivatives.

    Ours: the contrast, which librosa gives in seven bands, is their mean, since only
    then are there 93 features; 22,050 Hz, Fourier transforms of 2048 samples every 512.

    Parameters
    ----------
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.

    Returns
    -------
    pipeline : Pipeline
        A transformer from audio to a table of shape (n, 93); steps "descriptors" and
        "summary".

    References
    ----------
    A. Pun, K. Nazirkhanova, "Music genre classification with mel spectrograms and
    CNN", Stanford University.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import recipes
    >>> X = np.random.default_rng(0).normal(size=(2, 22050))
    >>> recipes.pun_features(duration=1.0).fit_transform(X).shape
    (2, 93)
    """
    return Pipeline(
        [
            ("descriptors", FrameDescriptors(duration=duration)),
            ("summary", SummaryStats(stats=("mean", "median", "std"))),
        ]
    )


def pun_logistic(*, C=1.0, duration=30.0, front_end="audio", random_state=None):
    """Build logistic regressions, each genre against the rest (S4-c).

    Stated: one model per genre over the 93 features, of which the most probable wins;
    61 % of a validation set of GTZAN whose split is not stated.

    Ours: standardized features, the strength of the penalty.

    Parameters
    ----------
    C : float, default=1.0
        Inverse of the L2 penalty, > 0.
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which `pun_features` makes a table. None: X is a
        table of shape (n, n_features). A transformer takes its place.
    random_state : int, RandomState instance or None, default=None
        Passed to the classifiers.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scale" and "classifier".

    References
    ----------
    A. Pun, K. Nazirkhanova, "Music genre classification with mel spectrograms and
    CNN", Stanford University.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.pun_logistic(C=0.1)["classifier"].estimator.C
    0.1
    """
    one = LogisticRegression(C=C, max_iter=1000, random_state=random_state)
    return _on_table(front_end, duration, OneVsRestClassifier(one))


def pun_svm(
    *,
    kernel="rbf",
    C=10.0,
    multiclass="ovr",
    probability=False,
    duration=30.0,
    front_end="audio",
    random_state=None,
):
    """Build support vector machines over the 93 features (S4-d, S1-n).

    Stated: one per genre against the rest, with polynomial, RBF and sigmoid kernels,
    of which RBF was best: 65 % of a validation set of GTZAN whose split is not stated.
    Li et al., with features of their own, report 74.9 % pairwise
    (``multiclass="ovo"``) and 78.5 % one against the rest in 10-fold
    cross-validation over songs.

    Ours: standardized features, C, scikit-learn's gamma and degree, probabilities.

    Parameters
    ----------
    kernel : {"rbf", "poly", "sigmoid", "linear"}, default="rbf"
        Kernel function.
    C : float, default=10.0
        Inverse of the L2 penalty, > 0.
    multiclass : {"ovr", "ovo"}, default="ovr"
        One genre against the rest, or a vote over all pairs of genres.
    probability : bool, default=False
        Whether the classifier has ``predict_proba``: by temperature scaling of its
        margins in 5-fold cross-validation, which trains six times instead of once and
        needs five songs of each genre. One against the rest it predicts the same
        genres; pairwise, margins break the ties of the votes.
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which `pun_features` makes a table. None: X is a
        table of shape (n, n_features). A transformer takes its place.
    random_state : int, RandomState instance or None, default=None
        Passed to the classifiers.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scale" and "classifier".

    References
    ----------
    A. Pun, K. Nazirkhanova, "Music genre classification with mel spectrograms and
    CNN", Stanford University.
    T. Li, M. Ogihara, "Toward intelligent music information retrieval", as quoted by
    Jones & Bonafilia.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.pun_svm(kernel="poly")["classifier"].estimator.kernel
    'poly'
    """
    one = SVC(kernel=kernel, C=C, random_state=random_state)
    # SVC alone votes over all pairs
    machines = {"ovr": OneVsRestClassifier(one), "ovo": one}
    classifier = choose("multiclass", multiclass, machines)
    if probability:
        # scaling by one factor leaves the order of the genres
        classifier = CalibratedClassifierCV(
            classifier, method="temperature", cv=5, ensemble=False
        )
    return _on_table(front_end, duration, classifier)


def pun_bayes(*, duration=30.0, front_end="audio"):
    """Build Gaussian naive Bayes over the 93 features (S4-e, S3-g).

    Stated: one model of all features and genres; 64 % of a validation set of GTZAN
    whose split is not stated. Lachmish quotes 43.69 % of nine genres from Homburg et
    al., with features of their own.

    Ours: normal distributions. Standardizing the features changes nothing but the
    effect of scikit-learn's small addition to the variances.

    Parameters
    ----------
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which `pun_features` makes a table. None: X is a
        table of shape (n, n_features). A transformer takes its place.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scale" and "classifier".

    References
    ----------
    A. Pun, K. Nazirkhanova, "Music genre classification with mel spectrograms and
    CNN", Stanford University.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.pun_bayes()["classifier"]
    GaussianNB()
    """
    return _on_table(front_end, duration, GaussianNB())


def knn(*, n_neighbors=3, duration=30.0, front_end="audio"):
    """Build nearest neighbors over a table of features (S1-n, S3-g, S4-j).

    The baseline that Pun & Nazirkhanova quote from Tzanetakis & Cook beside the
    Gaussian mixture, and that Lachmish quotes from Homburg et al.: 53.23 % of their
    nine genres.

    Ours: number of neighbors, standardized features, and the 93 features of
    `pun_features` in place of those of Homburg et al., which are not stated as quoted.
    ``front_end=recipes.tzanetakis_features()`` has those of Tzanetakis & Cook.

    Parameters
    ----------
    n_neighbors : int, default=3
        Neighbors that vote, >= 1.
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which `pun_features` makes a table. None: X is a
        table of shape (n, n_features). A transformer takes its place.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scale" and "classifier".

    References
    ----------
    G. Tzanetakis, P. Cook, "Musical genre classification of audio signals", IEEE
    Trans. Speech Audio Process. 10(5), 2002.
    H. Homburg et al., "A benchmark dataset for audio classification and clustering",
    ISMIR 2005.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.knn(n_neighbors=5)["classifier"].n_neighbors
    5
    """
    return _on_table(front_end, duration, KNeighborsClassifier(n_neighbors))


def tree(*, min_songs=2, duration=30.0, front_end="audio", random_state=None):
    """Build a decision tree over a table of features (S3-g).

    The baseline that Lachmish quotes from Homburg et al.: 45.44 % of their nine genres
    with C4.5.

    Ours: scikit-learn's tree, which divides by entropy as C4.5 does, but in two and
    without pruning; the 93 features of `pun_features` in place of the original ones,
    which are not stated as quoted.

    Parameters
    ----------
    min_songs : int, default=2
        Songs in a leaf, at least, >= 1; C4.5 has 2.
    duration : float, default=30.0
        Seconds of each song to use; shorter songs are padded.
    front_end : "audio", None or transformer, default="audio"
        "audio": X is audio, from which `pun_features` makes a table. None: X is a
        table of shape (n, n_features). A transformer takes its place.
    random_state : int, RandomState instance or None, default=None
        Chooses between features that divide the songs equally well.

    Returns
    -------
    pipeline : Pipeline
        Unfitted; steps "front_end", "scale" (without effect on a tree) and
        "classifier".

    References
    ----------
    H. Homburg et al., "A benchmark dataset for audio classification and clustering",
    ISMIR 2005.

    Examples
    --------
    >>> from sklearn_genre import recipes
    >>> recipes.tree(min_songs=5)["classifier"].min_samples_leaf
    5
    """
    classifier = DecisionTreeClassifier(
        criterion="entropy", min_samples_leaf=min_songs, random_state=random_state
    )
    return _on_table(front_end, duration, classifier)


def _on_table(front_end, duration, classifier):
    """Make the Pipeline of a classifier over the standardized 93 features."""
    return on_table(front_end, pun_features(duration=duration), classifier)
