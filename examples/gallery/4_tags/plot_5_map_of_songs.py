"""
A map of songs
==============

Features have hundreds of columns. Projected to two, songs that sound alike lie close to
each other.
"""

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import MelSpectrogram, TextureStats, make_genre_audio
from sklearn_genre.plotting import EmbeddingDisplay

songs = make_genre_audio(15, n_artists_per_genre=3)
features = make_pipeline(MelSpectrogram(), TextureStats(), StandardScaler())
X = features.fit_transform(songs.audio)
X.shape

# %%
# The same songs by principal components, which keep large distances, and by t-SNE,
# which keeps neighbors. In t-SNE islands may be artists rather than genres: dub has
# two, and one of them is a single artist. Distances between islands mean nothing.
figure, axes = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
EmbeddingDisplay.from_features(X, songs.target, ax=axes[0])
display = EmbeddingDisplay.from_features(
    X, songs.target, method="tsne", perplexity=10, names=songs.groups, ax=axes[1]
)

# %%
# ``display.to_html("songs.html")`` writes a page where the pointer shows the artist
# of each song.
