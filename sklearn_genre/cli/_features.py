"""``sklearn-genre features``: what models hear in songs, as a table."""

import importlib.util
from pathlib import Path

from .._utils.files import replacing
from ._parser import add_files, add_n_jobs
from ._places import check_place
from ._terminal import fail
from ._writing import watched_files

_ENDINGS = (".csv", ".npz", ".parquet")


def add_features(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "features",
        help="write features of songs as a table",
        description="Write features of songs as a table with a row for each song: its "
        "path, and a column for each feature, by name.",
        examples=(
            "features music --out features.csv",
            "features music --kind tags --out tags.parquet",
        ),
    )
    add_files(parser)
    parser.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="name.csv, name.npz (arrays paths, names and X) or name.parquet (needs "
        "pandas and pyarrow)",
    )
    add_kind(parser, "texture")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing file"
    )
    add_n_jobs(parser)
    parser.set_defaults(run=_features)


def add_kind(parser, default):
    """Add the option that chooses the features."""
    parser.add_argument(
        "--kind",
        choices=["texture", "mel", "mfcc", "tags", "musicnn"],
        default=default,
        help="texture: 871 statistics of the spectrogram, those of --recipe fast; "
        "mel, mfcc: mean and deviation of each band; tags: the probabilities of 50 "
        "tags; musicnn: what the network behind them hears "
        f"(default: {default})",
    )


def _features(args):
    """Run ``features``."""
    import numpy as np

    path = Path(args.out)
    check_place(path, "--out", args.overwrite, _ENDINGS)
    if path.suffix == ".parquet":
        _check_parquet()  # before minutes of work
    transformer = make_transformer(args.kind)
    paths, rows, status = [], [], 0
    found = outcomes_of(transformer, args.files, args.n_jobs)
    for outcome in watched_files(found, args):
        if isinstance(outcome, tuple):
            paths.append(outcome[0])
            rows.append(outcome[1])
        else:
            status = fail(args, str(outcome), 1)
    if not rows:
        raise ValueError("no song could be read, so there is nothing to write.")
    names = list(transformer.get_feature_names_out())
    _write(path, paths, names, np.stack(rows))
    print(f"saved {args.out}: {len(rows)} songs, {len(names)} features each")
    return status


def make_transformer(kind):
    """Return the transformer from songs to rows."""
    from sklearn.pipeline import make_pipeline

    from .. import (
        MFCC,
        MelSpectrogram,
        MusicnnEmbedding,
        SummaryStats,
        TextureStats,
        recipes,
    )

    if kind == "texture":
        return make_pipeline(recipes.fast()[0], TextureStats())
    if kind in ("tags", "musicnn"):
        return MusicnnEmbedding(layer="taggram" if kind == "tags" else "mean_pool")
    front_end = MelSpectrogram if kind == "mel" else MFCC
    # the middle 30 s, as of the recipes
    return make_pipeline(front_end(duration=30.0), SummaryStats())


def outcomes_of(transformer, files, n_jobs):
    """Yield path and features of each file, or its error; a few files at a time."""
    import joblib

    from .._utils.collection import read_files
    from .._utils.faults import file_outcomes

    n_jobs = joblib.effective_n_jobs(n_jobs)

    def compute(paths):
        with joblib.parallel_config(n_jobs=n_jobs):
            return list(zip(paths, transformer.fit_transform(paths), strict=True))

    return file_outcomes(compute, read_files(files), 4 * n_jobs)


def _write(path, paths, names, X):
    """Write the table, in the form that its name says."""
    import csv
    import io

    import numpy as np

    if path.suffix == ".parquet":
        _write_parquet(path, paths, names, X)
        return
    with replacing(path) as file:
        if path.suffix == ".npz":
            np.savez(file, paths=np.array(paths), names=np.array(names), X=X)
            return
        text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="")
        table = csv.writer(text)
        table.writerow(["path", *names])
        table.writerows([p, *row] for p, row in zip(paths, X.tolist(), strict=True))
        text.detach()  # which writes what is left, and leaves the file open


def _check_parquet():
    """Raise if what writes the format is not installed."""
    find = importlib.util.find_spec
    missing = [name for name in ("pandas", "pyarrow") if not find(name)]
    if missing:
        raise ImportError(
            f"--out name.parquet needs {' and '.join(missing)}: install them with 'pip "
            "install pandas pyarrow', or name the file .csv or .npz."
        )


def _write_parquet(path, paths, names, X):
    import pandas as pd

    table = pd.DataFrame(X, columns=names)
    table.insert(0, "path", paths)
    with replacing(path) as file:
        table.to_parquet(file)
