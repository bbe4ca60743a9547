"""
Codes of an autoencoder
=======================

An autoencoder learns to describe spectrograms by a few numbers from which it can draw
them again. It needs no genres.
"""

import numpy as np

from sklearn_genre import Autoencoder, MelSpectrogram, make_genre_audio
from sklearn_genre.plotting import EmbeddingDisplay, ReconstructionDisplay

songs = make_genre_audio(12, duration=2.0)
X = MelSpectrogram(n_mels=32, hop_length=2048).fit_transform(songs.audio)
encoder = Autoencoder(
    hidden_sizes=(256,), n_components=16, lr=0.002, max_epochs=150, random_state=0
)
heard = np.array([k % 12 < 9 for k in range(len(X))])
encoder.fit(X[heard])
print(X[0].size, "numbers of a song become", encoder.transform(X).shape[1])

# %%
# Songs that it has not heard, and below what is left of them in 16 numbers: the level
# of the bands and something of the rhythm, but hardly a single note.
ReconstructionDisplay.from_estimator(
    encoder, X[[9, 21, 81]], titles=list(songs.target[[9, 21, 81]])
)

# %%
# The codes in two dimensions. Styles overlap: the encoder keeps what fills the
# picture, which is not what tells styles apart. A classifier on codes needs more of
# them, and more songs.
EmbeddingDisplay.from_estimator(encoder, X, songs.target)
