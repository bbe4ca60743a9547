"""Networks with their estimators, one file per model."""

from ._autoencoder import Autoencoder
from ._cnn import CNNClassifier
from ._crnn import CRNNClassifier
from ._dense import DenseClassifier
from ._fcn import FullyConvolutionalClassifier
from ._hybrid import HybridClassifier
from ._musicnn import MusicnnClassifier, musicnn_network  # noqa: F401 - for other rooms
from ._sample_cnn import SampleCNNClassifier
from ._softmax_autoencoder import DeepSoftmaxAutoencoder
from ._temporal import TemporalCNNClassifier

__all__ = [
    "Autoencoder",
    "CNNClassifier",
    "CRNNClassifier",
    "DeepSoftmaxAutoencoder",
    "DenseClassifier",
    "FullyConvolutionalClassifier",
    "HybridClassifier",
    "MusicnnClassifier",
    "SampleCNNClassifier",
    "TemporalCNNClassifier",
]
