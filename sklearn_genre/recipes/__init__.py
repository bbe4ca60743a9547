"""Recipes: the systems of the sources, each a function that gives a ready Pipeline.

All parameters are keyword-only. ``front_end`` says where X enters: "source" takes audio
(paths, arrays) through the source's own chain, None takes what that chain would give,
and a transformer stands in its place. `SYSTEMS` lists the systems with their sources'
figures; `best` and `fast` are our own.
"""

from ._best import best, fast
from ._jones import jones_cnn, jones_dnn
from ._lachmish import lachmish_cnn
from ._networks import musicnn, sample_cnn, short_chunk_cnn
from ._panwar import choi_fcn, panwar_crnn
from ._pun import pun_dense, pun_hybrid
from ._raw_audio import autoencoder_two_stage, pca_two_stage, softmax_autoencoder
from ._systems import SYSTEMS, System
from ._tables import gmm, knn, pun_bayes, pun_features, pun_logistic, pun_svm

__all__ = [
    "SYSTEMS",
    "System",
    "autoencoder_two_stage",
    "best",
    "choi_fcn",
    "fast",
    "gmm",
    "jones_cnn",
    "jones_dnn",
    "knn",
    "lachmish_cnn",
    "musicnn",
    "panwar_crnn",
    "pca_two_stage",
    "pun_bayes",
    "pun_dense",
    "pun_features",
    "pun_hybrid",
    "pun_logistic",
    "pun_svm",
    "sample_cnn",
    "short_chunk_cnn",
    "softmax_autoencoder",
]
