"""
Training a tagger
=================

A song has one genre, but may have several tags. With a column of 0 and 1 for each tag
as ``y``, every network here is a tagger.
"""

import pandas as pd
from sklearn.pipeline import make_pipeline

from sklearn_genre import CNNClassifier, MelSpectrogram, evaluate, make_genre_audio
from sklearn_genre.plotting import SongTagsDisplay, TagReportDisplay

songs = make_genre_audio(8)
tags = {
    "drums": ["breakbeat", "dub", "swing", "techno"],
    "triple time": ["waltz"],
    "calm": ["ambient", "chorale", "dub"],
    "dance": ["breakbeat", "techno", "waltz", "swing"],
}
y = pd.DataFrame(
    {tag: [int(genre in of) for genre in songs.target] for tag, of in tags.items()}
)
y.head(3)

# %%
# Folds hold similar shares of every tag and share no artist.
tagger = make_pipeline(
    MelSpectrogram(n_mels=48, hop_length=1024),
    CNNClassifier(n_filters=(8, 16), lr=0.005, max_epochs=15, random_state=0),
)
report = evaluate(tagger, songs.audio, y, groups=songs.groups, n_splits=4)
print(report.summary().split("\n\n")[0])

# %%
# ROC-AUC does not depend on how frequent a tag is: a guess has 0.5. Average precision
# does: a guess has the share of songs with the tag, so that a rare tag scores lower.
TagReportDisplay(report).plot()

# %%
# One song: what it has, and what the tagger says.
SongTagsDisplay.from_predictions(report.y_true[3], report.proba[3], tags=report.tags)
