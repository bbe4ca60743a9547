"""
Where a model errs, and whether it knows
========================================

A score is one number. Which genres are mixed up, and how far a probability can be
trusted, takes a picture each.
"""

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    MelSpectrogram,
    ShrinkageDiscriminantAnalysis,
    SummaryStats,
    evaluate,
    make_genre_audio,
)
from sklearn_genre.plotting import (
    calibration_display,
    confusion_display,
    precision_recall_display,
)

songs = make_genre_audio(12, n_artists_per_genre=6, random_state=1)
model = make_pipeline(MelSpectrogram(), SummaryStats(), ShrinkageDiscriminantAnalysis())
report = evaluate(model, songs, n_splits=4)

# %%
# On the left, shares of the songs of each genre: a row adds up to one. On the right,
# songs by the probability of their answer (from left to right) and how many of them
# were right: on the dotted line, a model is as often right as it says. Points above
# it mean that the model is more often right than it says.
figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
confusion_display(report, normalize="true", ax=axes[0])
calibration_display(report, n_bins=5, ax=axes[1])

# %%
# How many songs of a genre are found (recall) against how many of the answers are true
# (precision), as the threshold falls.
precision_recall_display(report)

# %%
# The same per genre, as numbers.
report.to_frame("classes").round(3)
