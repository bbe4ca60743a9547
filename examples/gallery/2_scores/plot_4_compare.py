"""
Is one model better than another?
=================================

Two models on the same folds answer the same songs. Their difference, song by song, says
more than their two scores.
"""

from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    MelSpectrogram,
    SummaryStats,
    evaluate,
    make_genre_audio,
    recipes,
)
from sklearn_genre.evaluation import compare
from sklearn_genre.plotting import ComparisonDisplay

songs = make_genre_audio(10)
plain = make_pipeline(MelSpectrogram(), SummaryStats(), GaussianNB())
first = evaluate(recipes.fast(), songs, n_splits=5)
second = evaluate(plain, songs, n_splits=5)

# %%
# Each line is a difference with its interval. If it crosses zero, these songs do not
# tell which model is better.
ComparisonDisplay.from_reports(first, second, names=("texture", "mean spectrum"))

# %%
# The test is chosen by the split: here it exchanges the answers artist by artist, since
# songs of one artist are right or wrong together.
print(compare(first, second, names=("texture", "mean spectrum")))
