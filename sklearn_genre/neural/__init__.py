"""Neural networks as scikit-learn classifiers: one file per model."""

from ._augmentation import Augmentation
from ._classifier import NeuralClassifier
from ._estimator import NeuralEstimator
from .models._autoencoder import Autoencoder
from .models._cnn import CNNClassifier
from .models._crnn import CRNNClassifier
from .models._dense import DenseClassifier
from .models._fcn import FullyConvolutionalClassifier
from .models._hybrid import HybridClassifier
from .models._musicnn import MusicnnClassifier
from .models._sample_cnn import SampleCNNClassifier
from .models._softmax_autoencoder import DeepSoftmaxAutoencoder
from .models._temporal import TemporalCNNClassifier

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
