"""
Music that a model does not know
================================

A classifier has to choose one of its genres, for noise as well.
:class:`~sklearn_genre.OpenSetClassifier` also says how well the song fits the training.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    MelSpectrogram,
    OpenSetClassifier,
    ShrinkageDiscriminantAnalysis,
    TextureStats,
    make_genre_audio,
)

known = ["breakbeat", "dub", "swing", "techno", "waltz"]
songs = make_genre_audio(15, n_artists_per_genre=15, genres=known)
model = make_pipeline(
    MelSpectrogram(),
    TextureStats(),
    StandardScaler(),
    OpenSetClassifier(ShrinkageDiscriminantAnalysis(), rejection_rate=0.05),
)
model.fit(songs.audio, songs.target, opensetclassifier__groups=songs.groups)

# %%
# Three kinds of sounds: songs of the same styles by other artists, two styles that
# were not in the training, and noise.
rng = np.random.default_rng(0)
length = len(songs.audio[0])
sounds = {
    "known styles": make_genre_audio(
        8, n_artists_per_genre=8, genres=known, random_state=1
    ).audio,
    "unknown styles": make_genre_audio(20, genres=["ambient", "chorale"]).audio,
    "noise": list(0.1 * rng.standard_normal((20, length))),
}

# %%
# On the left the largest probability: it compares genres with each other, and says
# nothing about whether any of them fits. On the right the share of training songs
# that fit no better: left of the dashed line the answer is "unknown".
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
for row, clips in enumerate(sounds.values()):
    height = row + rng.uniform(-0.25, 0.25, len(clips))
    axes[0].plot(model.predict_proba(clips).max(axis=1), height, ".")
    axes[1].plot(model.score_samples(clips), height, ".")
axes[0].set(xlabel="Largest probability", xlim=(0, 1.02), yticks=range(3))
axes[0].set_yticklabels(sounds)
axes[1].axvline(0.05, color="gray", linestyle="--")
axes[1].set(xlabel="score_samples", xlim=(-0.02, 1.02))

# %%
for name, clips in sounds.items():
    print(f"{name}: {np.mean(model.predict(clips) == 'unknown'):.2f} unknown")

# %%
# These styles lie far apart. With real music the noise is found as easily, but most
# songs of an unknown genre are not: :doc:`/user_guide/unknown_music` has the figures.
