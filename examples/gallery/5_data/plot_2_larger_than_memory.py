"""
Features larger than memory
===========================

Spectrograms of 10,000 songs do not fit into memory. They are written to a file once,
and a network reads from it what it needs.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score

from sklearn_genre import (
    CNNClassifier,
    MelSpectrogram,
    RowView,
    extract_features,
    make_genre_audio,
)

folder = Path(tempfile.mkdtemp())
songs = make_genre_audio(
    8, genres=["breakbeat", "chorale", "swing"], directory=folder / "music"
)
mel = MelSpectrogram(n_mels=48, hop_length=1024, duration=4.0)

# %%
# 64 songs at a time. If this is interrupted, the same call goes on where it stopped.
X = extract_features(mel, songs.paths, folder / "mel.npy")
X

# %%
# The rows of a fold are a view as well: nothing is read yet.
X[:16].shape

# %%
# A network reads batch by batch; the scores are those with the array in memory.
network = CNNClassifier(n_filters=(8, 16), lr=0.005, max_epochs=10, random_state=0)
cv = StratifiedGroupKFold(3)
on_disk, in_memory = (
    cross_val_score(network, source, songs.target, groups=songs.groups, cv=cv)
    for source in (X, np.asarray(X))
)
print("equal:", np.array_equal(on_disk, in_memory))

# %%
# The file is a plain one of NumPy. This reads a single song of it, the first chorale.
view = RowView(np.load(folder / "mel.npy", mmap_mode="r"))
figure, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
ax.imshow(view[8], origin="lower", aspect="auto", cmap="magma")
ax.set(xlabel="Frame", ylabel="Mel band", title="Row 8 of mel.npy")
