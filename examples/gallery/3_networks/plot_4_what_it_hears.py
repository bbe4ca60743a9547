"""
What in a song speaks for its genre
===================================

Integrated gradients tell for every point of a spectrogram how much it added to the
answer of a network.
"""

from sklearn.pipeline import make_pipeline

from sklearn_genre import CNNClassifier, MelSpectrogram, make_genre_audio
from sklearn_genre.plotting import ActivationDisplay

songs = make_genre_audio(10, genres=["chorale", "techno", "waltz"])
model = make_pipeline(
    MelSpectrogram(n_mels=48, hop_length=1024),
    CNNClassifier(n_filters=(8, 16), lr=0.005, max_epochs=30, random_state=0),
)
model.fit(songs.audio, songs.target)

# %%
# Above is the song, below what spoke for the answer (red) and against it (blue).
# Where a beat is red, the network listens to the beat.
print("truth:", songs.target[12])
ActivationDisplay.from_estimator(model, songs.audio[12])

# %%
# The same song, and what in it would speak for another genre.
ActivationDisplay.from_estimator(model, songs.audio[12], label="chorale")
