"""Train the model that ``load_pretrained("gtzan")`` loads, on the songs of GTZAN.

    OMP_NUM_THREADS=1 python -m tools.train_head --data DIR

``DIR`` holds ``musicnn_taggrams``, the tag probabilities that the authors of musicnn
published for the fault-filtered songs of GTZAN, and ``gtzan_artists.csv``. The means of
these are what `MusicnnEmbedding` gives for the songs, which are not needed. No song is
held out, so the model cannot be scored on GTZAN: ``benchmarks/scores/fused.py`` scores
the same classifier.
"""

import argparse
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._header import commit
from benchmarks.scores.embeddings import pooled, taggrams
from sklearn_genre import (
    MusicnnEmbedding,
    OpenSetClassifier,
    ShrinkageDiscriminantAnalysis,
    pretrained,
    save_model,
)
from sklearn_genre.recipes._pretrained import tag_distance

OUT = Path(pretrained.__file__).parent / "gtzan.skops"
PARTS = ("training", "evaluation")
PACKAGES = ("sklearn-genre", "scikit-learn", "numpy")


def songs_of(folder):
    """Return mean tag probabilities, genres and artists of all songs."""
    parts = [taggrams(folder, part)[:3] for part in PARTS]
    means = [pooled(windows)["means"] for windows, _, _ in parts]
    y, artists = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    return np.concatenate(means), y, artists


def train(X, y, artists):
    """Return the fitted classifier behind its embedding."""
    # the clips peak at 0.8 in the median, so the published tags are nearly those at 1;
    # the middle of a song and its ends, as long as the clips of GTZAN
    embedding = MusicnnEmbedding(normalize="peak", n_excerpts=3, duration=30.0)
    classifier = OpenSetClassifier(
        make_pipeline(StandardScaler(), ShrinkageDiscriminantAnalysis()),
        detector=tag_distance(),
        rejection_rate=None,
    ).fit(X, y, groups=artists)
    return Pipeline([("embedding", embedding), ("classifier", classifier)])


def card(model, y, artists):
    """Return what the file says about the model."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    head = model["classifier"]
    return f"""# gtzan

- classes: {", ".join(head.classes_)}
- data: GTZAN (Tzanetakis & Cook 2002), tag probabilities of MSD_musicnn (Pons & Serra
  2019) for its fault-filtered songs (Kereliuk, Sturm & Larsen 2015)
- songs: {len(y)} of {len(set(artists))} artists, none held out
- temperature: {head.estimator_[-1].temperature_:.2f}, by artist times \
{head.temperature_:.2f}
- commit, date: {commit()}, {datetime.now(UTC).date().isoformat()}
- versions: {versions}
- command: python -m tools.train_head --data DIR
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FILE")
    options = parser.parse_args()
    X, y, artists = songs_of(options.data)
    model = train(X, y, artists)
    about = card(model, y, artists)
    save_model(model, options.out, card=about)
    print(about)
    print(f"wrote {options.out.name}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
