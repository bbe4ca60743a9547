"""
Augmentation: never the same song twice
=======================================

:class:`~sklearn_genre.Augmentation` changes every batch of the training a little, and
nothing in prediction. A network then learns what stays, not how one recording sounds.
"""

import matplotlib.pyplot as plt

from sklearn_genre import Augmentation, CNNClassifier, MelSpectrogram, make_genre_audio
from sklearn_genre.inspection import training_curves

songs = make_genre_audio(12, genres=["breakbeat", "dub", "swing", "waltz"])
X = MelSpectrogram(n_mels=48, hop_length=1024).fit_transform(songs.audio)
heard = [not artist.endswith(("03", "04")) for artist in songs.groups]
new = [not known for known in heard]

# %%
# Two networks, one of them with random windows, masks and mixtures of songs.
network = CNNClassifier(n_filters=(8, 16), lr=0.005, max_epochs=30, random_state=0)
changed = Augmentation(crop=60, time_mask=0.2, freq_mask=0.2, mixup=0.3)
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name, augment in (("as they are", None), ("augmented", changed)):
    network.set_params(augment=augment).fit(X[heard], songs.target[heard])
    score = network.score(X[new], songs.target[new])
    curve = training_curves(network)
    ax.plot(curve["epoch"], curve["train_loss"], label=f"{name}: accuracy {score:.2f}")
ax.set(xlabel="Epoch", ylabel="Loss of the training", title="Songs in the training")
ax.legend(title="On artists not heard")

# %%
# The augmented songs are harder to learn by heart: their loss stays higher. Whether
# that helps with new artists depends on the music and on the number of songs, and is
# to be measured; on GTZAN it does, see :doc:`/results`. Parameters of the
# augmentation have names for a search, too: ``augment__mixup``.
