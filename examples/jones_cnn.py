"""
Slices of spectrograms that vote
================================

The convolutional networks of Jones & Bonafilia: a song's spectrogram is cut into 5
slices resized to 128x128, for three convolutions, or into 10 slices that are not
resized, for two; the outputs of a song's slices are added. They report 83 % and 85 %
on GTZAN, 900 songs to train and 100 to test, split at random by song. Their dense
networks for tables of features (67 % on the Million Song Dataset) read mean and
deviation of the bands here::

    python examples/jones_cnn.py --plots pictures
    python examples/jones_cnn.py --data gtzan --folds 10
    python examples/jones_cnn.py --data songs.csv --folds 5
    python examples/jones_cnn.py --images gtzan_mel_images.npz --folds 10

``--data`` is a folder of GTZAN's songs or a table with the columns path, label and
artist; without it the songs are synthetic clips of 4 s, which show that the program
works but say nothing about music. ``--plots DIR`` saves the accuracies of all networks
by song and by artist, and a confusion matrix for each of the two that read slices.
Folds at random by song are the split of the source. Folds by artist keep the songs of
an artist on one side, and duplicates too; they give the figure to expect for new music.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from sklearn_genre import (
    SummaryStats,
    evaluate,
    load_gtzan,
    load_manifest,
    make_genre_audio,
    recipes,
)


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
        "--clips", type=int, default=8, help="synthetic clips per genre"
    )
    parser.add_argument("--epochs", type=int, help="default: 10, on real songs 30")
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
    """Return input of the networks, genres, artists, and the recipes' parameters."""
    if args.images:
        X, y, artists = read_images(args.images)
        return X, y, artists, {"front_end": None}
    if args.data:
        if args.data.is_file():
            songs = load_manifest(args.data, target="label", group_column="artist")
        else:
            songs = load_gtzan(args.data, allow_partial=True)
        return songs.paths, songs.target, songs.groups, {}
    songs = make_clips(args)
    X = [(wave, songs.sample_rate) for wave in songs.audio]
    # the source's learning rate is for 900 songs: as many steps would take too long
    # here
    quick = {"duration": 4.0, "max_epochs": 10}
    return X, songs.target, songs.groups, quick


def make(system, params, args, n_frames=None):
    """Make the network of a system for songs of this many frames."""
    if args.epochs is not None:
        params = params | {"max_epochs": args.epochs}
    if system.recipe == "jones_dnn":
        # a table has no duration
        params = {k: v for k, v in params.items() if k == "max_epochs"}
        params["front_end"] = SummaryStats(stats=("mean", "std"))
    elif n_frames is not None and system.params["n_slices"] == 10:
        params = params | {"slice_length": min(128, n_frames // 10)}
    model = system.build(device=args.device, random_state=args.seed, **params)
    if not args.images and not args.data:
        model.set_params(classifier__lr=1e-3)
    return model


def show(report, y, artists):
    """Print accuracy, its interval, and what it was measured on, for one protocol."""
    known = len({a for a in artists if a is not None})
    chance = max(np.mean(y == genre) for genre in set(y))
    print(f"  {report.summary()}")
    print(f"    {len(y)} songs, {known} artists, chance {chance:.3f}")


def measure(model, X, y, artists, args):
    """Return the reports of a model on folds by song and by artist, and print them."""
    reports = []
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
        reports.append(report)
    return reports


def draw(reports, folder):
    """Save accuracies by song and by artist, and confusion by artist."""
    from sklearn_genre.plotting import ProtocolDisplay, confusion_display

    folder.mkdir(parents=True, exist_ok=True)
    names = list(reports)
    displays = {
        f"accuracy_by_{unit}": ProtocolDisplay.from_reports(
            [pair[k] for pair in reports.values()], names=names
        )
        for k, unit in enumerate(("song", "artist"))
    }
    for k, name in enumerate(names[:2]):
        by_artist = reports[name][1]
        displays[f"confusion_{k + 1}"] = confusion_display(by_artist, normalize="true")
        displays[f"confusion_{k + 1}"].ax_.set_title(f"{name}, by artist")
    for name, display in displays.items():
        display.figure_.savefig(folder / f"{name}.png", bbox_inches="tight")
    print(f"\n{len(displays)} pictures in {folder}")


def main():
    args = parse_args()
    started = time.perf_counter()
    songs, y, artists, params = load(args)
    systems = [s for s in recipes.SYSTEMS if s.recipe == "jones_cnn"]
    dense = [s for s in recipes.SYSTEMS if s.recipe == "jones_dnn"]
    # a song's spectrogram depends on that song alone: computed once, before the split
    front_end = make(systems[0], params, args)[:1]
    X = front_end.fit_transform(songs)
    print(f"spectrograms {X.shape} in {time.perf_counter() - started:.0f} s")
    reports = {}
    for system in systems + dense:
        print(f"\n{system.summary()}")
        model = make(system, params, args, X.shape[-1])
        if system in systems:
            model = model[1:]
        reports[system.name] = measure(model, X, y, artists, args)
    if args.plots:
        draw(reports, args.plots)
    print(f"\n{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
