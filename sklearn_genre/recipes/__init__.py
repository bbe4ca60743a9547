"""Recipes: published systems, each a function that returns an unfitted Pipeline.

All parameters are keyword-only. ``front_end`` says what X is: "audio" (paths, arrays)
goes through the paper's own chain of transformers, with None X is what that chain
would return, and a transformer replaces the chain. In the docstrings "Stated" is what
the paper says, "Contradicted" is where it contradicts itself, and "Ours" is what it
leaves open. `SYSTEMS` lists the systems with the figures of their papers; `best`,
`fast`, `pretrained` and `fine_tuned` are our own.
"""

from ._best import best, fast
from ._comparators import (
    dieleman_cnn,
    dieleman_multiscale,
    hamel_pooled,
    nmf,
    oord_transfer,
)
from ._jones import jones_cnn, jones_dnn
from ._lachmish import lachmish_cnn
from ._networks import musicnn, sample_cnn, short_chunk_cnn
from ._panwar import choi_fcn, panwar_crnn
from ._pretrained import fine_tuned, pretrained
from ._pun import pun_dense, pun_hybrid
from ._raw_audio import autoencoder_two_stage, pca_two_stage, softmax_autoencoder
from ._systems import SYSTEMS, System
from ._tables import knn, pun_bayes, pun_features, pun_logistic, pun_svm, tree
from ._tzanetakis import gmm, tzanetakis_features

__all__ = [
    "SYSTEMS",
    "System",
    "autoencoder_two_stage",
    "best",
    "choi_fcn",
    "dieleman_cnn",
    "dieleman_multiscale",
    "fast",
    "fine_tuned",
    "gmm",
    "hamel_pooled",
    "jones_cnn",
    "jones_dnn",
    "knn",
    "lachmish_cnn",
    "musicnn",
    "nmf",
    "oord_transfer",
    "panwar_crnn",
    "pca_two_stage",
    "pretrained",
    "pun_bayes",
    "pun_dense",
    "pun_features",
    "pun_hybrid",
    "pun_logistic",
    "pun_svm",
    "sample_cnn",
    "short_chunk_cnn",
    "softmax_autoencoder",
    "tree",
    "tzanetakis_features",
]
