"""
Convolutions over time, and k-NN beside them
============================================

The network of Lachmish over 599 windows of 100 ms, as mel powers or as MFCC: 46.87 %
and 17.18 % on GTZAN, 800 songs to train and the rest to test. The study itself quotes
53.23 % for nearest neighbors, on nine other genres::

    python examples/lachmish_cnn.py --plots pictures
    python examples/lachmish_cnn.py --data gtzan --folds 5
    python examples/lachmish_cnn.py --images gtzan_mel_images.npz --folds 5

``--code`` adds the networks of its public code, which differ from those its text
describes: 87 million weights for mel powers, not 19.

Without ``--data`` the songs are synthetic clips of 4 s (98 windows), which show that
the program works but say nothing about music; with so few of them, batches of 8 give
the networks enough steps. ``--plots DIR`` saves t-SNE of
the songs by mel powers and by MFCC, as the source shows, and confusion matrices.
Clips of new artists are too few for the mel powers: they stay at chance there.
Images are in dB already and have no
MFCC; the cosine transform of the bands replaces it. Folds at random by song
are the split of the source, folds by artist the honest one.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.fft import dct
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_genre import SummaryStats, evaluate, load_gtzan, make_genre_audio, recipes

QUICK_BATCH = 8  # songs; 64 in the source, of 800


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    songs = parser.add_mutually_exclusive_group()
    songs.add_argument("--data", type=Path, help="folder of GTZAN's songs")
    songs.add_argument(
        "--images",
        type=Path,
        help="npz of GTZAN's mel images: mel (uint8, 80 dB), genre, artist",
    )
    parser.add_argument(
        "--clips", type=int, default=8, help="synthetic clips per genre"
    )
    parser.add_argument("--epochs", type=int, help="default: 20, and 125 on GTZAN")
    parser.add_argument(
        "--code", action="store_true", help="the networks of its code too"
    )
    parser.add_argument("--plots", type=Path, help="folder for pictures")
    parser.add_argument("--folds", type=int, default=2, help="default: 2")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    return parser.parse_args()


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


def load(args):
    """Return both kinds of windows, genres, and artists."""
    if args.images:
        X, y, artists = read_images(args.images)
        return {"mel": X, "mfcc": dct(X, axis=1, norm="ortho")[:, :13]}, y, artists
    if args.data:
        songs, duration = load_gtzan(args.data, allow_partial=True), 30.0
        clips = songs.paths
    else:
        songs, duration = make_clips(args), 4.0
        clips = [(wave, songs.sample_rate) for wave in songs.audio]
    windows = {}
    for features in ("mel", "mfcc"):
        n_frames = 599 if args.data else None
        model = recipes.lachmish_cnn(
            features=features, n_frames=n_frames, duration=duration
        )
        # windows depend on their song alone, so compute them once, before the split
        windows[features] = model[:-1].fit_transform(clips)
    return windows, songs.target, songs.groups


def make_models(args):
    """Yield name, features and model of each system."""
    real = args.data or args.images
    epochs = args.epochs or (125 if real else 20)
    wanted = {"max_epochs": epochs, "device": args.device, "random_state": args.seed}
    for system in recipes.SYSTEMS:
        told = args.code or "variant" not in system.params
        if system.recipe == "lachmish_cnn" and told:
            model = system.build(**wanted)[-1:]
            if not real:
                model.set_params(classifier__batch_size=QUICK_BATCH)
            yield system.summary(), system.params["features"], model
        if system.recipe == "knn":
            summary = SummaryStats(stats=("mean", "std"))
            model = make_pipeline(summary, *system.build(front_end=None)[1:])
            yield system.summary(), "mfcc", model


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


def draw(windows, y, reports, folder):
    """Save t-SNE and confusion matrix by kind of window, as reports is keyed."""
    from sklearn_genre.plotting import (
        EmbeddingDisplay,
        confusion_display,
    )

    folder.mkdir(parents=True, exist_ok=True)
    displays = {}
    for features, report in reports.items():
        X = windows[features]
        scaled = StandardScaler().fit_transform(X.mean(axis=2))
        displays |= {
            f"tsne_{features}": EmbeddingDisplay.from_features(
                scaled, y, method="tsne", perplexity=min(30, len(y) // 4)
            ),
            f"confusion_{features}": confusion_display(report, normalize="true"),
        }
    for name, display in displays.items():
        display.figure_.savefig(folder / f"{name}.png", bbox_inches="tight")
    print(f"\n{len(displays)} pictures in {folder}")


def main():
    args = parse_args()
    started = time.perf_counter()
    windows, y, artists = load(args)
    reports = {}
    for name, features, model in make_models(args):
        X = windows[features]
        print(f"\n{name}\n  {features} {X.shape[1:]}")
        report = measure(model, X, y, artists, args)
        if hasattr(model[-1], "max_epochs"):
            reports.setdefault(features, report)
    if args.plots:
        draw(windows, y, reports, args.plots)
    print(f"\n{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
