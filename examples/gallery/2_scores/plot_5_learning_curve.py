"""
Would more songs help?
======================

The score by the number of songs in the training tells whether to collect more of them
or to look for a better model.
"""

from sklearn.model_selection import LearningCurveDisplay, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    MelSpectrogram,
    ShrinkageDiscriminantAnalysis,
    TextureStats,
    make_genre_audio,
)

songs = make_genre_audio(15, n_artists_per_genre=5)

# %%
# The spectrogram and its statistics learn nothing from other songs, so they are
# computed once. Folds are by artist; ``shuffle`` mixes the songs before some of them
# are taken.
features = make_pipeline(MelSpectrogram(), TextureStats()).fit_transform(songs.audio)

# %%
# The training score is always near one: the model knows its songs by heart. The test
# score rises steeply at first and little at the end: more songs of these artists
# would not help much, songs of other artists may. Bands show how folds differ.
LearningCurveDisplay.from_estimator(
    ShrinkageDiscriminantAnalysis(),
    features,
    songs.target,
    groups=songs.groups,
    cv=StratifiedGroupKFold(5),
    train_sizes=[0.2, 0.4, 0.6, 0.8, 1.0],
    shuffle=True,
    random_state=0,
    score_name="Accuracy",
)
