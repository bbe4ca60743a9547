"""
One model under every protocol
==============================

The same model can be measured in several ways, and each gives another figure. This is a
table of them, as :func:`~sklearn_genre.evaluate` makes it.
"""

import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    MelSpectrogram,
    Slicer,
    SummaryStats,
    evaluate,
    make_genre_audio,
)
from sklearn_genre.plotting import ProtocolDisplay

data = make_genre_audio(8, n_artists_per_genre=4)
slices = make_pipeline(MelSpectrogram(), Slicer(n_slices=4)).fit_transform(data.audio)
X = SummaryStats().fit_transform(slices.reshape(-1, *slices.shape[2:]))
model = make_pipeline(StandardScaler(), KNeighborsClassifier(1))

# %%
# Here the rows are slices, four of each song, so ``evaluate`` has to be told whose
# they are. "slice_level" lets slices of one song into training and test: it leaks,
# and says so.
y, groups = np.repeat(data.target, 4), np.repeat(data.groups, 4)
songs = np.repeat(np.arange(len(data.target)), 4)
reports = [
    evaluate(model, X, y, groups=groups, songs=songs, protocol=protocol, n_splits=4)
    for protocol in ("slice_level", "random", "artist")
]
ProtocolDisplay.from_reports(reports)

# %%
# The lines are 95 % intervals. The same as a table, for a paper:
pd.DataFrame(
    {
        report.title: {
            "accuracy": report.scores["accuracy"],
            "low": report.intervals["accuracy"][0],
            "high": report.intervals["accuracy"][1],
            "chance": report.chance["accuracy"],
        }
        for report in reports
    }
).T.round(3)
