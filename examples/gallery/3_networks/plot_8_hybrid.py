"""
A picture and a table in one network
====================================

:class:`~sklearn_genre.HybridClassifier` joins a convolutional network over spectrograms
with a row of numbers for the whole song. Both are made from the same songs.
"""

from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    MFCC,
    CNNClassifier,
    HybridClassifier,
    MelSpectrogram,
    SummaryStats,
    evaluate,
    make_genre_audio,
)
from sklearn_genre.plotting import ComparisonDisplay

songs = make_genre_audio(10, genres=["breakbeat", "dub", "swing", "waltz"])
image = MelSpectrogram(n_mels=48, hop_length=1024)
table = make_pipeline(MFCC(deltas=1), SummaryStats(), StandardScaler())
hybrid = HybridClassifier(
    image=image,
    table=table,
    n_filters=(8, 16),
    lr=0.005,
    max_epochs=15,
    random_state=0,
)
alone = make_pipeline(
    image, CNNClassifier(n_filters=(8, 16), lr=0.005, max_epochs=15, random_state=0)
)

# %%
# The two transformers are parameters of the network, so that a search reaches them:
# ``image__n_mels``, ``table__mfcc__n_mfcc``.
hybrid

# %%
# The hybrid against the network that has the picture only, on the same folds by artist.
# With 40 songs, a few of them decide; look at the width of the lines.
first = evaluate(hybrid, songs.audio, songs.target, groups=songs.groups, n_splits=4)
second = evaluate(alone, songs.audio, songs.target, groups=songs.groups, n_splits=4)
ComparisonDisplay.from_reports(first, second, names=("hybrid", "picture only"))
