"""The parts of a page that reports on genres and on tags share."""

import functools
import os

from ..._utils.page import link_from, picture
from ._strips import strips

_PARTS = (
    "The songs are divided into {n} parts. In turn, each part is the test: a model is "
    "trained on the other parts and answers for the songs of this one."
)
# what a protocol keeps apart, in plain words
_WORDS = {
    "artist": (
        _PARTS,
        "All songs of an artist, and known duplicates, are in one part, so no model "
        "has heard the artists that it answers for: as with new music.",
    ),
    "nested": (
        _PARTS,
        "Parameters were chosen within the training side alone, so the test songs had "
        "no say in them.",
    ),
    "random": (
        _PARTS,
        "Songs were dealt to parts at random, and known duplicates kept together. "
        "Songs of one artist may be on both sides, so a part of the score may come "
        "from recognizing the artist.",
    ),
    "five_genre": (
        _PARTS,
        "Songs were dealt to parts at random, five easy genres only: scores are higher "
        "than on all genres.",
    ),
    "fault_filtered": (
        "One published list of songs is for training and another for testing.",
    ),
    "slice_level": (
        _PARTS,
        "Slices were dealt to parts at random, so slices of one song are on both "
        "sides. The score says little about songs that the model has not heard.",
    ),
    "fitted": (
        "The model was fitted elsewhere and answered for all songs as it is. Whether "
        "it had heard them, or their artists, is not known here.",
    ),
    "custom": ("The folds are the user's own. {n} models were trained and tested.",),
    None: (
        "This report was made from answers alone. How the songs were split is not "
        "known, and neither is what the model had heard before.",
    ),
}
_WORDS["repeated"] = _WORDS["random"]
_NO_LEAKAGE = (
    "Nothing was checked: neither whether songs, artists or duplicates are on both "
    "sides of the split, nor whether there was a split. Evaluate the model by "
    "sklearn_genre.evaluate for that."
)


def split_section(report):
    """Describe the split."""
    n = int(report.fold.max()) + 1
    lines = [f"{report.title[:1].upper()}{report.title[1:]}."]
    lines += [line.format(n=n) for line in _WORDS[report.protocol]]
    blocks = []
    if report.leakage is not None and report.protocol != "fitted":
        train, test = report.mean_sizes
        lines.append(
            f"On average {train:.0f} rows for training and {test:.0f} for testing."
        )
        caption = f"Folds ({n})"
        blocks = [table(report, "folds", caption, fold=n > 10)]
    return section("split", "How the songs were split", lines, blocks)


def leak_section(report):
    """Say what leaks, what was checked, and what was not."""
    found = report.leakage
    if found is None:
        return section("leaks", "Leaks", [_NO_LEAKAGE])
    lines = found.summary()[:-2]
    blocks = []
    if found:
        blocks = [{"kind": "items", "items": lines, "warning": True}]
        caption = f"All {len(found.leaks)} leaks"
        blocks.append(
            {"kind": "table", "table": found._table(), "caption": caption, "fold": True}
        )
        lines = []
    scope = found.summary()[-2:]
    blocks.append({"kind": "items", "items": [*scope, *report.notes]})
    return section("leaks", "Leaks, and what was not checked", lines, blocks)


def section(key, title, lines, blocks=()):
    """Return a section of a page."""
    return {"id": key, "title": title, "lines": lines, "blocks": list(blocks)}


def table(report, what, caption, *, bars=(), fold=False):
    """Return a block that shows a table."""
    rows = report._table(what)
    return {
        "kind": "table",
        "table": rows,
        "caption": caption,
        "bars": bars,
        "fold": fold,
    }


def lead(report, lines):
    """Return the result as a page shows it."""
    name, value, bounds, chance = report._headline()
    low, high = bounds or (None, None)
    mark = None
    if report.leaking or report.leakage:
        mark = "Something is on both sides of the split, so this score is too high."
    return {
        "name": name,
        "value": value,
        "low": low,
        "high": high,
        "chance": chance,
        "mark": mark,
        "lines": lines,
    }


def over_chance(report, guess):
    """Say what chance would reach, and whether the interval excludes it."""
    _, value, bounds, chance = report._headline()
    line = f"{guess} would reach {chance:.3f}."
    if bounds and bounds[0] <= chance <= bounds[1]:
        line += " The interval contains that: the model may know nothing."
    elif value < chance:
        line += " The model is worse than that."
    return line


def calibration_block(table, x, y):
    """Return the chart of a table of reliability."""
    total = sum(row[2] for row in table.rows)
    points = [
        (mean, right, n, n / total)
        for _, _, n, mean, right in table.rows
        if n and mean is not None
    ]
    return {
        "kind": "reliability",
        "points": points,
        "x": x,
        "y": y,
        "caption": "Points on the dashed line are probabilities that hold; below it "
        "the model is too sure. Large points stand for many answers.",
    }


def song_card(report, position, page, clips, over_time):
    """Return what a page shows of one answer: its name, picture and sound."""
    row, name = int(report.rows[position]), report.names[position]
    path = report.paths[position] if report.paths else None
    clip = path if path and os.path.isfile(path) else None
    if clips is not None:
        clip = clips[row]
        path = clip if isinstance(clip, str | os.PathLike) else path
    place, base = os.path.split(name) if name == path else ("", name)
    drawn = None if clip is None else picture(clip, row)
    seconds = drawn and drawn.get("seconds")
    return {
        "name": base or name,
        "place": place,
        "picture": drawn,
        # of some names, which the kind of report chooses
        "strips": functools.partial(strips, clip, seconds, over_time),
        "link": None if path is None else link_from(page, path),
        "shares": [],
        "facts": [],
    }
