"""Neural networks as scikit-learn estimators.

The models are listed in ``models/__init__.py``, one file per model; this room also has
the bases that they share with networks written by users.
"""

from . import models
from ._augmentation import Augmentation
from ._classifier import NeuralClassifier
from ._estimator import NeuralEstimator
from .models import *  # noqa: F403
from .models import musicnn_network  # noqa: F401 - for other rooms

__all__ = ["Augmentation", "NeuralClassifier", "NeuralEstimator"]
__all__ += models.__all__
