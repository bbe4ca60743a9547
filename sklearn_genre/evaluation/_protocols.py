"""Protocols: ways to split data sets such as GTZAN, with what each of them leaks."""

import warnings
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._utils.labels import count_owners, smallest_class
from .._utils.text import listed
from ..parameters import Integer
from ._folds import check_folds, draw_folds
from ._rows import Rows
from ._splitters import MultilabelStratifiedGroupKFold

#: The genres of Sturm's subset, on which published scores above 0.9 rest.
FIVE_GENRES = ("blues", "classical", "country", "disco", "hiphop")

_DEFAULT_SPLITS = {"artist": 5, "nested": 5}


@dataclass
class Plan:
    """Rows and folds of a protocol.

    Attributes
    ----------
    key : str
        Name of the protocol.
    title : str
        The protocol in words.
    data : Rows
        The rows it uses.
    folds : list of (train, test)
    published : str or None
        Protocol of the published figures that it may be compared with.
    leaking : bool
        Whether it leaks on purpose.
    unit : {"song", "group"}
        What the bootstrap draws.
    groups : ndarray of int or None
        Merged groups, which the bootstrap draws and a search must not divide.
    notes : list of str
    """

    key: str
    title: str
    data: Rows
    folds: list
    published: str | None = None
    leaking: bool = False
    unit: str = "song"
    groups: np.ndarray | None = None
    notes: list = field(default_factory=list)


def plan_folds(protocol, data, *, n_splits, n_repeats, train_on, random_state):
    """Draw the folds of a protocol.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If the protocol is unknown or the data lack what it needs.
    """
    if not isinstance(protocol, str):
        return _custom(data, protocol)
    if protocol not in _PLANS:
        listed = ", ".join(repr(name) for name in _PLANS)
        raise ValueError(
            f"protocol must be one of {listed}, a splitter, or a list of folds, got "
            f"{protocol!r}."
        )
    if protocol == "fault_filtered":
        return _fault_filtered(data, train_on)
    if protocol == "fitted":
        return _fitted(data)
    if n_repeats is None:
        n_repeats = 10 if protocol == "repeated" else 1
    Integer(low=1).check_value("n_repeats", n_repeats)
    n_splits, notes = _count_folds(n_splits, protocol, data)
    plan = _PLANS[protocol](data, n_splits, n_repeats, random_state)
    plan.notes = plan.notes + notes
    return plan


def _count_folds(n_splits, protocol, data):
    """Return how many folds there are, fewer for few songs, and a note of that."""
    if n_splits is not None:
        Integer(low=2).check_value("n_splits", n_splits)
        return n_splits, []
    usual = _DEFAULT_SPLITS.get(protocol, 10)
    if protocol == "slice_level":  # counts slices
        return usual, []
    by_artist = usual == 5 and data.groups is not None
    codes = data.leak_codes() if by_artist else data.recording_codes()
    what = "groups" if by_artist else "songs"
    if data.tags:
        most, few = len(np.unique(codes)), f"there are no more {what}"
    else:
        genre, most = smallest_class(count_owners(_genres(protocol, data), codes))
        few = f"the smallest genre, {genre!r}, has {most} {what}"
    n = max(2, min(usual, most))
    return n, [f"{n} folds instead of {usual}: {few}."] * (n < usual)


def _genres(protocol, data):
    """Return the genre of each row; None for those that the protocol leaves out."""
    names = [str(data.class_names[code]) for code in data.y]
    if protocol != "five_genre":
        return names
    return [name if name.lower() in FIVE_GENRES else None for name in names]


def _largest_class(data):
    """Return the genre with most rows, and their number; of tags, all rows."""
    if data.tags:
        return "", len(data.y)
    genres, counts = np.unique(data.y, return_counts=True)
    return genres[counts.argmax()], int(counts.max())


def _custom(data, cv):
    """Draw the folds of the user's own splitter."""
    folds = draw_folds(cv, data.X, data.y, data.groups)
    plan = Plan("custom", f"folds of {type(cv).__name__}", data, folds)
    codes = data.leak_codes()
    if data.groups is not None and all(
        not np.isin(codes[test], codes[train]).any() for train, test in folds
    ):
        plan.unit, plan.groups = "group", codes
    return plan


def _draw(y, codes, n_splits, n_repeats, random_state):
    """Draw stratified folds that divide no song or group, as often as asked."""
    X, n = np.zeros((len(y), 1)), len(y)
    seeds = [random_state]
    if n_repeats > 1:
        seeds = check_random_state(random_state).randint(2**31 - 1, size=n_repeats)
    kind = StratifiedKFold if codes is None else StratifiedGroupKFold
    if y.ndim == 2:
        kind = MultilabelStratifiedGroupKFold
    folds = []
    for seed in seeds:
        seed = int(seed) if isinstance(seed, np.integer) else seed
        cv = kind(n_splits, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            # the report notes what is scarce
            warnings.filterwarnings("ignore", "Tags .* occur in fewer than")
            warnings.filterwarnings("ignore", "The least populated class")
            folds += list(cv.split(X, y) if codes is None else cv.split(X, y, codes))
    return check_folds(folds, n)


def _times(n_repeats):
    """Return the prefix of a title: how often folds are drawn."""
    return f"{n_repeats} times " if n_repeats > 1 else ""


def _check_classes(data, codes, n_splits, what):
    """Raise if there are fewer songs or groups than folds; note on scarce classes."""
    n = len(np.unique(codes))
    if n < n_splits:
        raise ValueError(
            f"n_splits={n_splits} needs as many {what}, but there are only {n}"
            + (": the relations join all rows into one." if n == 1 else ".")
        )
    genre, size = _largest_class(data)
    if size < n_splits:
        raise ValueError(
            f"n_splits={n_splits} needs as many songs of a genre, but the largest, "
            f"{str(genre)!r}, has {size}. Give n_splits={max(2, size)} or less."
        )
    has = dict(zip(data.tags, data.y.T == 1, strict=True)) if data.tags else {}
    has = has or {str(c): data.y == c for c in np.unique(data.y)}
    few = {name: len(np.unique(codes[rows])) for name, rows in has.items()}
    few = {name: m for name, m in few.items() if m < n_splits}
    if not few:
        return []
    listed = ", ".join(f"{c} ({m})" for c, m in few.items())
    return [f"With fewer {what} than folds, some folds lack: {listed}."]


def _random(data, n_splits, n_repeats, random_state, key="random"):
    """Draw random folds by song, with known duplicates and copies on one side."""
    codes, together = data.recording_codes(), _together(data)
    what = "different songs" if together else "songs"
    notes = _check_classes(data, codes, n_splits, what)
    if data.songs is None and codes.max() + 1 == len(codes):
        codes = None
    return Plan(
        key,
        f"{_times(n_repeats)}random {n_splits}-fold by song{together}",
        data,
        _draw(data.y, codes, n_splits, n_repeats, random_state),
        published="random 10-fold" if n_splits == 10 else None,
        groups=codes,
        notes=notes,
    )


def _together(data):
    """Return what a title says of duplicates, if there are any."""
    found = data.relations.sets("duplicate", "copy")
    return ", duplicates together" if found else ""


def _repeated(data, n_splits, n_repeats, random_state):
    """Draw random folds by song repeatedly."""
    return _random(data, n_splits, n_repeats, random_state, key="repeated")


def _artist(data, n_splits, n_repeats, random_state, key="artist"):
    """Draw folds that keep song, artist and known duplicates on one side."""
    if data.groups is None:
        raise ValueError(
            f"protocol={key!r} needs groups: the artist of each row (None where it is "
            "not known). Where no artist is known, protocol='random' splits by song."
        )
    codes = data.leak_codes()
    notes = _check_classes(data, codes, n_splits, "groups")
    unknown = sum(label is None for label in data.groups)
    if unknown:
        notes.append(f"{unknown} rows have no known artist and count as one each.")
    folds = _draw(data.y, codes, n_splits, n_repeats, random_state)
    title = f"{_times(n_repeats)}{n_splits}-fold by artist{_together(data)}"
    if key == "nested":
        title += ", parameters searched inside by artist"
    published = f"artist {n_splits}-fold" if key == "artist" else None
    return Plan(
        key, title, data, folds, published, unit="group", groups=codes, notes=notes
    )


def _nested(data, n_splits, n_repeats, random_state):
    """Draw folds by artist; by song if artists are not known."""
    if data.groups is not None:
        return _artist(data, n_splits, n_repeats, random_state, key="nested")
    plan = _random(data, n_splits, n_repeats, random_state)
    title = f"{plan.title}, parameters searched inside by song"
    return replace(
        plan, key="nested", title=title, groups=data.recording_codes(), published=None
    )


def _five_genre(data, n_splits, n_repeats, random_state):
    """Draw random folds of Sturm's five genres."""
    if data.tags:
        raise ValueError("protocol='five_genre' needs one genre per row, not tags.")
    names = np.array([data.class_names[c].lower() for c in data.y])
    missing = [g for g in FIVE_GENRES if g not in names]
    if missing:
        raise ValueError(
            f"protocol='five_genre' needs the genres {', '.join(FIVE_GENRES)}, but y "
            f"lacks {', '.join(missing)}."
        )
    part = data.take(np.flatnonzero(np.isin(names, FIVE_GENRES)))
    plan = _random(part, n_splits, n_repeats, random_state)
    return replace(
        plan,
        key="five_genre",
        title=f"{plan.title}, five genres only",
        published="five_genre",
        notes=[f"Used {len(part.y)} of {len(data.y)} rows: {', '.join(FIVE_GENRES)}."],
    )


def _fitted(data):
    """Test on all rows; what the training was is not known here."""
    by_artist = data.groups is not None
    rows = np.arange(len(data.y))
    return Plan(
        "fitted",
        "a fitted model as it is",
        data,
        [(rows[:0], rows)],
        unit="group" if by_artist else "song",
        groups=data.leak_codes() if by_artist else None,
    )


def unknown_classes(estimator, data):
    """Return a note on the genres that a fitted model cannot answer.

    Raises
    ------
    ValueError
        If the model has other tags than the data, or in another order, or knows none
        of the genres.
    """
    check_is_fitted(estimator)
    known = np.asarray(estimator.classes_).tolist()
    if data.tags is not None:
        # scikit-learn's own taggers have numbers in place of names
        named = all(isinstance(name, str) for name in known)
        if len(known) != len(data.tags) or (named and known != list(data.tags)):
            raise ValueError(
                "protocol='fitted' needs the tags of the model, in their order: "
                f"{listed(known)}; these are {listed(data.tags)}."
            )
        return []
    missing = [c for c in np.unique(data.y).tolist() if c not in known]
    if not missing:
        return []
    if len(missing) == len(np.unique(data.y)):
        raise ValueError(
            f"the model knows none of these genres, {listed(data.class_names.values())}"
            f", but {listed(known)}."
        )
    n, names = (
        int(np.isin(data.y, missing).sum()),
        [data.class_names[c] for c in missing],
    )
    return [
        f"The model does not know {listed(names)}: their {n} songs count as errors."
    ]


def _fault_filtered(data, train_on):
    """Split by the published lists: one training set, one test set."""
    if data.split is None:
        raise ValueError(
            "protocol='fault_filtered' needs split: 'train', 'valid', 'test' or None "
            "for each row."
        )
    train_on = (train_on,) if isinstance(train_on, str) else tuple(train_on)
    split = np.array(["" if s is None else str(s) for s in data.split])
    for part in (*train_on, "test"):
        if part not in split:
            raise ValueError(
                f"No row has split {part!r}; split holds "
                f"{', '.join(repr(str(s)) for s in np.unique(split))}."
            )
    if "test" in train_on:
        raise ValueError("train_on must not hold 'test'.")
    train = np.flatnonzero(np.isin(split, train_on))
    test = np.flatnonzero(split == "test")
    left = len(split) - len(train) - len(test)
    plan = Plan(
        "fault_filtered",
        f"published lists, trained on {' + '.join(train_on)}",
        data,
        [(train, test)],
        published="fault_filtered",
        notes=[f"{left} of {len(split)} rows are in neither list."] if left else [],
    )
    if data.groups is not None:
        plan.unit, plan.groups = "group", data.leak_codes()
    return plan


def _slice_level(data, n_splits, n_repeats, random_state):
    """Draw random folds over slices, which leak on purpose."""
    data = _explode(data)
    return Plan(
        "slice_level",
        f"{_times(n_repeats)}random {n_splits}-fold over slices",
        data,
        _draw(data.y, None, n_splits, n_repeats, random_state),
        published="slice_level",
        leaking=True,
        notes=["Each slice is scored by itself; there is no vote over a song."],
    )


def _explode(data):
    """Make every slice a row of its own."""
    if getattr(data.X, "ndim", 0) == 4:
        n, k = data.X.shape[:2]
        # rows are repeated without X, which is large and only needs to be reshaped
        thin = replace(data, X=np.arange(n), relations=_by_song(data))
        X = data.X.reshape(n * k, *data.X.shape[2:])
        slices = thin.take(np.repeat(np.arange(n), k))
        names = [f"slice {j}" for j in range(k)] * n
        return replace(slices, X=X, numbers=np.arange(n * k), names=names)
    if data.songs is None or len(set(data.songs)) == len(data.songs):
        raise ValueError(
            "protocol='slice_level' needs slices: X of shape (n, n_slices, n_bands, "
            "n_frames), as Slicer gives, or one row per slice and songs=..."
        )
    return data


def _by_song(data):
    """Return the relations with songs; a row of unknown song is a song of its own."""
    songs = data.names if data.songs is None else data.songs
    pairs = zip(data.names, songs, strict=True)
    names = [name if song is None else song for name, song in pairs]
    return replace(data.relations, labels=data.relations.labels | {"song": names})


_PLANS = {
    "random": _random,
    "repeated": _repeated,
    "artist": _artist,
    "fault_filtered": _fault_filtered,
    "five_genre": _five_genre,
    "slice_level": _slice_level,
    "nested": _nested,
    "fitted": _fitted,
}
