"""
Slices, and how they vote
=========================

A network hears short pieces. :class:`~sklearn_genre.Slicer` cuts every song into slices
of the same length, a network learns from all of them, and in ``predict`` the slices of
a song vote. The song stays one row, so that no split can tear it apart.
"""

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from sklearn_genre import CNNClassifier, MelSpectrogram, Slicer, make_genre_audio
from sklearn_genre.plotting import SpectrogramDisplay

songs = make_genre_audio(8, genres=["dub", "swing", "techno", "waltz"])
mel = MelSpectrogram(n_mels=64, hop_length=1024)
slicer = Slicer(n_slices=4, slice_length=32)
slicer.fit_transform(mel.fit_transform(songs.audio)).shape

# %%
# The shape is songs, slices, bands, frames. The arrows mark the slices of one song;
# where they overlap, they are drawn at two heights.
SpectrogramDisplay.from_estimator(make_pipeline(mel, slicer), songs.audio[:1])

# %%
# A small network learns from the first six songs of each style ...
X = mel.transform(songs.audio)
heard = [k % 8 < 6 for k in range(len(X))]
new = [not known for known in heard]
model = make_pipeline(
    slicer, CNNClassifier(n_filters=(8, 16), lr=0.005, max_epochs=15, random_state=0)
)
model.fit(X[heard], songs.target[heard])

# %%
# ... and is asked for the others. ``predict_proba_slices`` gives the answer of every
# slice (gray), ``predict_proba`` that of the song (black): their mean. The correct
# style is in the title. A slice may be wrong where the song is right.
votes = model[-1].predict_proba_slices(slicer.transform(X[new]))
songs_say = model.predict_proba(X[new])
figure, axes = plt.subplots(2, 4, figsize=(10, 4), sharey=True, layout="constrained")
for ax, slices, song, truth in zip(
    axes.flat, votes, songs_say, songs.target[new], strict=True
):
    for offset, one in enumerate(slices):
        ax.bar([k - 0.3 + 0.2 * offset for k in range(4)], one, 0.18, color="silver")
    ax.plot(range(4), song, "k_", markersize=22, markeredgewidth=2)
    ax.set(title=truth, xticks=range(4), ylim=(0, 1))
    ax.set_xticklabels(model.classes_, rotation=30)
axes[0, 0].set_ylabel("Probability")
axes[1, 0].set_ylabel("Probability")
