"""
Few songs: a pretrained network against statistics
==================================================

Ten songs are too few for a network to learn to listen. A network that has listened to
200,000 songs has to learn only your genres.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GroupShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    MelSpectrogram,
    MusicnnEmbedding,
    ShrinkageDiscriminantAnalysis,
    TextureStats,
    make_genre_audio,
)

songs = make_genre_audio(10, n_artists_per_genre=10, sample_rate=16000)

# %%
# Two tables of features for the same songs: 50 tags of musicnn, and the statistics of
# ``recipes.fast``. Neither learns anything from these songs, so both are computed once.
clips = [(wave, songs.sample_rate) for wave in songs.audio]
tables = {
    "50 tags of musicnn": MusicnnEmbedding().fit_transform(clips),
    "871 statistics": make_pipeline(MelSpectrogram(), TextureStats()).fit_transform(
        clips
    ),
}

# %%
# Two to eight songs of each style to train on, the rest to test, ten draws each.
# Every song is by another artist.
head = make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis())
figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
counts = [2, 3, 5, 8]
for name, X in tables.items():
    means = []
    for count in counts:
        cv = GroupShuffleSplit(10, train_size=count / 10, random_state=0)
        order = np.arange(len(X)) % 10  # the same artists of each style
        scores = cross_val_score(head, X, songs.target, groups=order, cv=cv)
        means.append(scores.mean())
    ax.plot(counts, means, "o-", label=name)
ax.axhline(1 / 8, color="gray", linestyle="--", label="chance")
ax.set(xlabel="Songs of each style", ylabel="Accuracy", ylim=(0, 1.05), xticks=counts)
ax.legend()

# %%
# On this made-up music the statistics win: musicnn knows bands and singers, not the
# styles of a program. On real songs it is the other way round, by ten to twenty points:
# :doc:`/user_guide/pretrained_networks` has the figures. Compare both on your songs.
