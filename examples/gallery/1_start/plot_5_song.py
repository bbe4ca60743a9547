"""
The genres of a song as it goes on
==================================

Mixes, concerts and radio shows change their style. A model that was trained on whole
songs also answers for every few seconds of one.
"""

import numpy as np

from sklearn_genre import make_genre_audio, recipes
from sklearn_genre.plotting import SongDisplay, TaggramDisplay

styles = ["ambient", "techno", "chorale", "breakbeat", "waltz"]
songs = make_genre_audio(10, genres=styles)
model = recipes.fast().fit(songs.audio, songs.target)

# %%
# A song made of three, by artists that the model has not heard: 16 seconds each of
# ambient, techno and waltz.
parts = make_genre_audio(
    1, genres=["ambient", "techno", "waltz"], duration=16.0, random_state=1
)
song = (np.concatenate(parts.audio), parts.sample_rate)

# %%
# Level, spectrogram, and the probability of each style, one window of four seconds
# after the other.
SongDisplay.from_path(song, model=model, window=4.0, title="ambient, techno, waltz")

# %%
# A window every second is finer; its answer changes while it holds two styles.
TaggramDisplay.from_estimator(model, song, window=4.0, hop=1.0)
