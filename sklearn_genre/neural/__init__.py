"""Neural networks as scikit-learn classifiers: one file per model."""

from .augmentation import Augmentation
from .autoencoder import Autoencoder
from .base import NeuralClassifier
from .cnn import CNNClassifier
from .crnn import CRNNClassifier
from .dense import DenseClassifier
from .estimator import NeuralEstimator
from .fcn import FullyConvolutionalClassifier
from .hybrid import HybridClassifier
from .musicnn import MusicnnClassifier
from .sample_cnn import SampleCNNClassifier
from .softmax_autoencoder import DeepSoftmaxAutoencoder
from .temporal import TemporalCNNClassifier

__all__ = [
    "Augmentation",
    "Autoencoder",
    "CNNClassifier",
    "CRNNClassifier",
    "DeepSoftmaxAutoencoder",
    "DenseClassifier",
    "FullyConvolutionalClassifier",
    "HybridClassifier",
    "MusicnnClassifier",
    "NeuralClassifier",
    "NeuralEstimator",
    "SampleCNNClassifier",
    "TemporalCNNClassifier",
]
