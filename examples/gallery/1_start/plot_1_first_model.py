"""
A first model in ten lines
==========================

A model takes songs and gives genres, by ``fit`` and ``predict``, like any other of
scikit-learn. This one is then measured on artists that it has not heard.
"""

from sklearn_genre import evaluate, make_genre_audio, recipes
from sklearn_genre.plotting import confusion_display

songs = make_genre_audio(10)
model = recipes.fast()
model.fit(songs.audio, songs.target)

# %%
# Three answers. The model has heard these songs in its training, so they prove nothing.
model.predict(songs.audio[:3])

# %%
# ``evaluate`` trains the model five times, each time without a fifth of the artists,
# and asks it for the songs of those.
report = evaluate(recipes.fast(), songs, n_splits=5)
print(report.summary().split("\n\n")[0])

# %%
# Every row of the picture is a true genre, every column an answer. What is off the
# diagonal is wrong.
confusion_display(report)

# %%
# With music of your own, one directory per genre, the first line is
# ``songs = load_folder("music")``, and ``songs.paths`` takes the place of
# ``songs.audio``.
