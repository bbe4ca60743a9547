"""
The tags of a song over time
============================

The package contains musicnn, a network that has learned 50 tags from a fifth of the
Million Song Dataset. It says what it hears every few seconds.
"""

import numpy as np

from sklearn_genre import make_genre_audio, top_tags
from sklearn_genre.plotting import SongDisplay, TaggramDisplay

parts = make_genre_audio(
    1, genres=["ambient", "swing", "techno"], duration=20.0, sample_rate=16000
)
song = (np.concatenate(parts.audio), parts.sample_rate)  # one minute in three parts

# %%
# The most likely tags of the whole song:
for tag, probability in top_tags(song, top=5):
    print(f"{probability:.2f}  {tag}")

# %%
# From left to right is time. The style changes after 20 and after 40 seconds, and the
# tags change with it. What it hears is what resembles these sounds most in real
# music; of a real song, with ``TaggramDisplay.from_path("song.mp3")``, it is surer.
TaggramDisplay.from_path(song, top=8, title="ambient, swing, techno")

# %%
# The same with the waveform and the spectrogram, as a whole song at a glance.
SongDisplay.from_path(song, top=6, title="ambient, swing, techno")
