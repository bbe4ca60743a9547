"""
The filters of a network
========================

The first layer of a network looks for small shapes. They can be drawn, and asked which
genre they answer to.
"""

import matplotlib.pyplot as plt

from sklearn_genre import CNNClassifier, MelSpectrogram, make_genre_audio
from sklearn_genre.inspection import filter_responses, mean_by_class
from sklearn_genre.plotting import FilterDisplay

songs = make_genre_audio(10, genres=["ambient", "breakbeat", "chorale", "techno"])
X = MelSpectrogram(n_mels=48, hop_length=1024).fit_transform(songs.audio)
network = CNNClassifier(
    n_filters=(16, 16),
    kernel_size=7,
    block="plain",
    lr=0.005,
    max_epochs=15,
    random_state=0,
)
network.fit(X, songs.target)

# %%
# Sixteen filters of seven bands and seven frames: red counts for, blue against. A
# vertical stripe finds beats, a horizontal one held notes, a slope gliding tones. So
# few songs leave much noise in them.
FilterDisplay.from_estimator(network)

# %%
# How strongly each of them answers to each genre, on average.
answers = mean_by_class(filter_responses(network, X), songs.target)
more = answers.mean - answers.mean.mean(axis=0)
limit = abs(more).max()
figure, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
picture = ax.imshow(more, cmap="RdBu_r", aspect="auto", vmin=-limit, vmax=limit)
ax.set_yticks(range(len(answers.classes)), list(answers.classes))
ax.set(xlabel="Filter")
figure.colorbar(picture, label="More than the mean")
