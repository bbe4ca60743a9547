"""
What a model sees: one song of each genre
=========================================

Most models do not take samples but a picture of them: time from left to right,
frequency from bottom to top, and the energy as color.
"""

from sklearn_genre import MelSpectrogram, make_genre_audio
from sklearn_genre.plotting import SpectrogramDisplay

songs = make_genre_audio(1)
mel = MelSpectrogram()
mel.fit_transform(songs.audio).shape  # songs, bands, frames

# %%
# Held notes are horizontal lines, as in ambient music and chorales, and what is
# struck is a vertical one: the drums of techno come at even distances. The stairs of
# arpeggio are single notes that climb.
SpectrogramDisplay.from_estimator(
    mel, songs.audio, y=songs.target
).figure_.set_size_inches(11, 5)

# %%
# Of a single song, with the axes in hertz and seconds as the parameters of the
# transformer say.
coarse = MelSpectrogram(n_mels=32, fmax=8000)
SpectrogramDisplay.from_path(
    (songs.audio[6], songs.sample_rate), estimator=coarse, title="techno, 32 bands"
)
