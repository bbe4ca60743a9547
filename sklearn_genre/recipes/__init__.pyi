from ._best import best as best
from ._comparators import dieleman_cnn as dieleman_cnn
from ._comparators import dieleman_multiscale as dieleman_multiscale
from ._comparators import hamel_pooled as hamel_pooled
from ._comparators import oord_transfer as oord_transfer
from ._fast import fast as fast
from ._jones import jones_cnn as jones_cnn
from ._jones import jones_dnn as jones_dnn
from ._lachmish import lachmish_cnn as lachmish_cnn
from ._networks import musicnn as musicnn
from ._networks import sample_cnn as sample_cnn
from ._networks import short_chunk_cnn as short_chunk_cnn
from ._nmf import nmf as nmf
from ._panwar import choi_fcn as choi_fcn
from ._panwar import panwar_crnn as panwar_crnn
from ._pretrained import fine_tuned as fine_tuned
from ._pretrained import pretrained as pretrained
from ._pun import pun_dense as pun_dense
from ._pun import pun_hybrid as pun_hybrid
from ._raw_audio import autoencoder_two_stage as autoencoder_two_stage
from ._raw_audio import pca_two_stage as pca_two_stage
from ._raw_audio import softmax_autoencoder as softmax_autoencoder
from ._systems import SYSTEMS as SYSTEMS
from ._systems import System as System
from ._tables import knn as knn
from ._tables import pun_bayes as pun_bayes
from ._tables import pun_features as pun_features
from ._tables import pun_logistic as pun_logistic
from ._tables import pun_svm as pun_svm
from ._tables import tree as tree
from ._tzanetakis import gmm as gmm
from ._tzanetakis import tzanetakis_features as tzanetakis_features

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
