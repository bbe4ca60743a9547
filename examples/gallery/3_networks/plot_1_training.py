"""
Watching a training, and stopping it in time
============================================

A network goes on learning its songs by heart when it has nothing more to learn about
genres. With ``early_stopping`` it keeps a part of the songs for validation and stops
when these get worse.
"""

from sklearn_genre import CNNClassifier, MelSpectrogram, make_genre_audio
from sklearn_genre.plotting import TrainingDisplay

songs = make_genre_audio(12, genres=["breakbeat", "dub", "swing", "waltz"])
X = MelSpectrogram(n_mels=48, hop_length=1024).fit_transform(songs.audio)
network = CNNClassifier(
    n_filters=(8, 16),
    lr=0.01,
    max_epochs=120,
    early_stopping=True,
    validation_fraction=0.25,
    n_iter_no_change=10,
    random_state=0,
)

# %%
# With ``groups``, no artist is in training and validation at once.
network.fit(X, songs.target, groups=songs.groups)
print(len(network.history_), "epochs of at most", network.max_epochs)

# %%
# Loss of the training falls to the end; that of the validation has a lowest point. The
# network keeps the weights of that epoch.
TrainingDisplay.from_estimator(network)
