"""Music genre classification and tagging for scikit-learn.

Names are loaded on first use, so that importing the package costs no torch,
librosa or matplotlib.
"""

import importlib

__version__ = "0.1.0"

# public name -> module that defines it
_HOMES = {
    "AudioError": "audio",
    "load_audio": "audio",
    "AuditReport": "auditing",
    "audit": "auditing",
    "MFCC": "features",
    "BandScaler": "features",
    "FixedLength": "features",
    "FeatureCache": "features",
    "FrameSampler": "features",
    "FrameDescriptors": "features",
    "MelSpectrogram": "features",
    "Resize": "features",
    "Spectrogram": "features",
    "Stack": "features",
    "SummaryStats": "features",
    "TextureStats": "features",
    "Waveform": "features",
    "extract_features": "features",
    "DiscriminantClassifier": "discriminant",
    "GaussianMixtureClassifier": "mixture",
    "SliceVotingClassifier": "slicing",
    "Slicer": "slicing",
    "Augmentation": "neural",
    "Autoencoder": "neural",
    "CNNClassifier": "neural",
    "CRNNClassifier": "neural",
    "DeepSoftmaxAutoencoder": "neural",
    "DenseClassifier": "neural",
    "FullyConvolutionalClassifier": "neural",
    "MusicnnClassifier": "neural",
    "HybridClassifier": "neural",
    "NeuralClassifier": "neural",
    "NeuralEstimator": "neural",
    "SampleCNNClassifier": "neural",
    "TemporalCNNClassifier": "neural",
    "GuardedCV": "evaluation",
    "LeakageError": "evaluation",
    "LeakageReport": "evaluation",
    "LeakageWarning": "evaluation",
    "MultilabelStratifiedGroupKFold": "evaluation",
    "check_leakage": "evaluation",
    "leak_groups": "evaluation",
    "compare": "evaluation",
    "evaluate": "evaluation",
    "GenreReport": "evaluation",
    "published_figures": "evaluation",
    "TagReport": "evaluation",
    "TagThresholdClassifier": "evaluation",
    "tag_accuracy": "evaluation",
    "tag_average_precision": "evaluation",
    "tag_f1": "evaluation",
    "tag_groups": "evaluation",
    "tag_roc_auc": "evaluation",
    "tag_scorers": "evaluation",
    "top_n": "evaluation",
    "leak_size": "evaluation",
    "embed": "inspection",
    "filter_responses": "inspection",
    "filters": "inspection",
    "learning_curves": "inspection",
    "mean_by_class": "inspection",
    "tag_table": "inspection",
    "top_clips": "inspection",
    "RowView": "rows",
    "FilePrediction": "prediction",
    "predict_files": "prediction",
    "to_device": "prediction",
    "load_pretrained": "pretrained",
    "predict_genre": "pretrained",
    "fetch_previews": "datasets",
    "load_feature_table": "datasets",
    "load_fma": "datasets",
    "load_folder": "datasets",
    "load_gtzan": "datasets",
    "load_homburg": "datasets",
    "load_magnatagatune": "datasets",
    "load_manifest": "datasets",
    "load_msd": "datasets",
    "make_genre_audio": "datasets",
    "merge_tags": "datasets",
}

__all__ = sorted(_HOMES)


def __getattr__(name):
    if name == "recipes":
        return importlib.import_module(f"{__name__}.recipes")
    if name in _HOMES:
        module = importlib.import_module(f"{__name__}.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__, "recipes"})
