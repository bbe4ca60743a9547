"""
Why your score is too high: folds by artist against random folds
================================================================

Songs of one artist share the singer, the studio, the instruments. If some are in the
training and some in the test, a model may know the artist instead of the genre. The
score is then too high for music of other artists.
"""

from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import MelSpectrogram, SummaryStats, evaluate, make_genre_audio
from sklearn_genre.evaluation import leak_effect
from sklearn_genre.plotting import ProtocolDisplay

songs = make_genre_audio(12, n_artists_per_genre=4)
features = make_pipeline(MelSpectrogram(), SummaryStats()).fit_transform(songs.audio)
model = make_pipeline(StandardScaler(), KNeighborsClassifier(1))

# %%
# The nearest neighbor of a song, by its mean spectrum and how it varies. The model is
# the same in both rows; only the folds differ.
by_song = evaluate(
    model, features, songs.target, groups=songs.groups, protocol="random", n_splits=4
)
by_artist = evaluate(model, features, songs.target, groups=songs.groups, n_splits=4)
ProtocolDisplay.from_reports([by_song, by_artist])

# %%
# The report of the random folds says what they had on both sides ...
print(by_song.leakage.summary())

# %%
# ... and what it was worth. The lower figure is the one to expect for new music.
print(leak_effect(by_song, by_artist))
