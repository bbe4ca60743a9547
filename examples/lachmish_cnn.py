"""
Convolutions over time, and k-NN beside them
============================================

The network of Lachmish over 599 windows of 100 ms, as mel powers or as MFCC: 46.87 %
and 17.18 % on GTZAN, 800 songs to train and the rest to test. The study itself quotes
53.23 % for nearest neighbors, 45.44 % for a decision tree and 43.69 % for naive Bayes,
on nine other genres, and networks of Feng for two, three and four genres::

    python examples/lachmish_cnn.py --plots pictures
    python examples/lachmish_cnn.py --data gtzan --folds 5
    python examples/lachmish_cnn.py --data songs.csv --folds 5
    python examples/lachmish_cnn.py --images gtzan_mel_images.npz --folds 5
    python examples/lachmish_cnn.py --few-genres
    python examples/lachmish_cnn.py --windows

``--data`` is a folder of GTZAN's songs or a table with the columns path, label and
artist. ``--code`` adds the networks of its public code, which differ from those its
text describes: 87 million weights for mel powers, not 19. ``--few-genres`` measures the
network with two, three and four genres, as the study quotes Feng, who may have had
others. ``--windows`` searches the size of the windows and the stride between them,
which the study tried by hand: cross-validation chooses among artists to train on, and
other artists test the choice.

Without ``--data`` the songs are synthetic clips of 4 s (98 windows), which show that
the program works but say nothing about music; with so few of them, batches of 8 give
the networks enough steps. Powers have few large values among many small ones, which a
network learns from slowly; the same bands in dB, beside them, are ours.

``--plots DIR`` saves t-SNE of the songs by mel powers and by MFCC, as the source shows,
filters of the first layer, and confusion matrices. Images are in dB already and have no
MFCC; the cosine transform of the bands replaces it. Folds at random by song are the
split of the source, folds by artist the honest one.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.fft import dct
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import (
    SummaryStats,
    evaluate,
    load_gtzan,
    load_manifest,
    make_genre_audio,
    recipes,
)
from sklearn_genre.evaluation import published_figures

QUICK_BATCH = 8  # songs; 64 in the source, of 800
# samples at 22,050 Hz: 50, 100 and 200 ms, every 40 and 80 ms
WINDOWS = {"front_end__n_fft": (1102, 2205, 4410), "front_end__hop_length": (882, 1764)}
# the systems of the table that the study quotes, over the same features
TABLES = ("knn", "tree", "pun_bayes")


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    songs = parser.add_mutually_exclusive_group()
    songs.add_argument(
        "--data",
        type=Path,
        help="folder of GTZAN's songs, or a table of path, label and artist",
    )
    songs.add_argument(
        "--images",
        type=Path,
        help="npz of GTZAN's mel images: mel (uint8, 80 dB), genre, artist",
    )
    parser.add_argument(
        "--clips", type=int, default=16, help="synthetic clips per genre"
    )
    parser.add_argument("--epochs", type=int, help="default: 20, on real songs 125")
    parser.add_argument(
        "--code", action="store_true", help="the networks of its code too"
    )
    parser.add_argument(
        "--few-genres", action="store_true", help="two, three and four genres only"
    )
    parser.add_argument(
        "--windows", action="store_true", help="search window and stride only"
    )
    parser.add_argument("--plots", type=Path, help="folder for pictures")
    parser.add_argument("--folds", type=int, default=2, help="default: 2")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    args = parser.parse_args()
    if args.windows and args.images:
        parser.error("--windows needs audio, images have their windows already")
    if args.plots and (args.windows or args.few_genres):
        parser.error("--plots draws all genres: leave --windows and --few-genres out")
    return args


def make_clips(args):
    """Make synthetic clips, two or more of each artist."""
    return make_genre_audio(
        args.clips,
        n_artists_per_genre=max(2, args.clips // 2),
        random_state=args.seed,
    )


def read_images(path):
    """Read mel images in dB, genres, and artists (None if unknown)."""
    with np.load(path) as data:
        X = data["mel"].astype(np.float32) * (80 / 255) - 80
        artists = [str(artist) or None for artist in data["artist"]]
        return X, data["genre"], artists


def load_audio_of(args):
    """Return songs, their audio, and the seconds to use of each."""
    if args.data is None:
        songs = make_clips(args)
        return songs, np.array(songs.audio), 4.0
    if args.data.is_file():
        songs = load_manifest(args.data, target="label", group_column="artist")
    else:
        songs = load_gtzan(args.data, allow_partial=True)
    return songs, songs.paths, 30.0


def load(args):
    """Return the kinds of windows, genres, and artists."""
    if args.images:
        X, y, artists = read_images(args.images)
        return {"mel": X, "mfcc": dct(X, axis=1, norm="ortho")[:, :13]}, y, artists
    songs, clips, duration = load_audio_of(args)
    kinds = {
        "mel": {"features": "mel"},
        "mfcc": {"features": "mfcc"},
        "mel in dB": {"features": "mel", "scale": "db"},
    }
    windows = {}
    for name, params in kinds.items():
        n_frames = 599 if args.data else None
        model = recipes.lachmish_cnn(**params, n_frames=n_frames, duration=duration)
        # windows depend on their song alone, so compute them once, before the split
        windows[name] = model[:-1].fit_transform(clips)
    return windows, songs.target, songs.groups


def make_network(args, **params):
    """Make the network; on synthetic clips, with small batches."""
    real = args.data or args.images
    model = recipes.lachmish_cnn(
        max_epochs=args.epochs or (125 if real else 20),
        device=args.device,
        random_state=args.seed,
        **params,
    )
    if not real:
        model.set_params(classifier__batch_size=QUICK_BATCH)
    return model


def make_models(args):
    """Yield name, kind of windows and model of each system."""
    for system in recipes.SYSTEMS:
        told = args.code or "variant" not in system.params
        if system.recipe == "lachmish_cnn" and told:
            network = make_network(args, **system.params)[-1:]
            yield system.summary(), system.params["features"], network
    if not args.images:
        name = "The same network, in dB: no figure (ours)"
        yield name, "mel in dB", make_network(args)[-1:]
    for system in recipes.SYSTEMS:
        if system.recipe in TABLES:
            summary = SummaryStats(stats=("mean", "std"))
            model = make_pipeline(summary, *system.build(front_end=None)[1:])
            yield name_of(system), "mfcc", model


def name_of(system):
    """Return a system's name, and the figure that the study quotes for it."""
    if system.recipe != "pun_bayes":
        return system.summary()
    quoted = [f for f in published_figures(dataset="homburg") if "Bayes" in f.system]
    return f"Lachmish 2016, {quoted[0].system}: accuracy {quoted[0].value} (quoted)"


def show(report, y, artists):
    """Print accuracy, its interval, and what it was measured on, for one protocol."""
    known = len({a for a in artists if a is not None})
    chance = max(np.mean(y == genre) for genre in set(y))
    print(f"  {report.summary()}")
    print(f"    {len(y)} songs, {known} artists, chance {chance:.3f}")


def measure(model, X, y, artists, args):
    """Print the scores of a model by song and by artist; return the second report."""
    for protocol in ("random", "artist"):
        report = evaluate(
            model,
            X,
            y,
            groups=artists,
            protocol=protocol,
            n_splits=args.folds,
            random_state=args.seed,
        )
        show(report, y, artists)
    return report


def measure_few(windows, y, artists, args):
    """Print the scores of the network with the first two, three and four genres."""
    X = windows.get("mel in dB", windows["mel"])
    for n in (2, 3, 4):
        genres = np.unique(y)[:n]
        rows = np.flatnonzero(np.isin(y, genres))
        print(f"\n{n} genres: {', '.join(genres)}")
        known = np.asarray(artists, dtype=object)[rows]
        measure(make_network(args)[-1:], X[rows], y[rows], known, args)


def search_windows(args):
    """Search window and stride among some artists; print the score on the others."""
    songs, clips, duration = load_audio_of(args)
    y, artists = songs.target, songs.groups
    # all windows, since 599 are more seconds with a larger stride
    model = make_network(args, scale="db", n_frames=None, duration=duration)
    folds = StratifiedGroupKFold(2, shuffle=True, random_state=args.seed)
    train, test = next(folds.split(clips, y, artists))
    search = GridSearchCV(model, WINDOWS, cv=folds)
    search.fit(clips[train], y[train], groups=artists[train])
    found = search.cv_results_
    print(f"\nwindow, stride and accuracy, {len(train)} songs, 2 folds by artist")
    for params, score in zip(found["params"], found["mean_test_score"], strict=True):
        window, stride = (params[name] / 22.05 for name in WINDOWS)
        print(f"  {window:3.0f} ms every {stride:2.0f} ms  {score:.3f}")
    score = search.score(clips[test], y[test])
    window, stride = (search.best_params_[name] / 22.05 for name in WINDOWS)
    print(f"best: {window:.0f} ms every {stride:.0f} ms")
    print(f"accuracy on {len(test)} songs of other artists  {score:.3f}")


def draw(windows, y, reports, args):
    """Save t-SNE and confusion matrix by kind of window, as reports is keyed."""
    from sklearn_genre.plotting import (
        EmbeddingDisplay,
        FilterDisplay,
        confusion_display,
    )

    folder = args.plots
    folder.mkdir(parents=True, exist_ok=True)
    kind = "mel in dB" if "mel in dB" in reports else "mel"
    fitted = make_network(args)[-1:].fit(windows[kind], y)
    displays = {"filters": FilterDisplay.from_estimator(fitted, n_filters=24)}
    for features, report in reports.items():
        X = windows[features]
        scaled = StandardScaler().fit_transform(X.mean(axis=2))
        name = features.replace(" ", "_").lower()
        displays |= {
            f"tsne_{name}": EmbeddingDisplay.from_features(
                scaled, y, method="tsne", perplexity=min(30, len(y) // 4)
            ),
            f"confusion_{name}": confusion_display(report, normalize="true"),
        }
    for name, display in displays.items():
        display.figure_.savefig(folder / f"{name}.png", bbox_inches="tight")
    print(f"\n{len(displays)} pictures in {folder}")


def main():
    args = parse_args()
    started = time.perf_counter()
    if args.windows:
        search_windows(args)
    else:
        run(args, *load(args))
    print(f"\n{time.perf_counter() - started:.0f} s in all")


def run(args, windows, y, artists):
    """Measure the network with few genres, or all systems with all genres."""
    if args.few_genres:
        measure_few(windows, y, artists, args)
        return
    reports = {}
    for name, features, model in make_models(args):
        X = windows[features]
        print(f"\n{name}\n  {features} {X.shape[1:]}")
        report = measure(model, X, y, artists, args)
        if hasattr(model[-1], "max_epochs"):
            reports.setdefault(features, report)
    if args.plots:
        draw(windows, y, reports, args)


if __name__ == "__main__":
    main()
