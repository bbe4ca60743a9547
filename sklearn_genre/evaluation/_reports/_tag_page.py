"""The page of a report on tags."""

import numpy as np

from .._statistics import reliability
from ._page import (
    calibration_block,
    lead,
    leak_section,
    over_chance,
    section,
    song_card,
    split_section,
    table,
)
from ._strips import ABOUT_STRIPS

_BARS = ("roc_auc", "average_precision", "f1", "precision", "recall")
_SHOWN = 4  # wrong tags of a song


def tag_page(report, page, *, n_errors, **songs):
    """Return the result and the sections of the page of a report.

    Parameters
    ----------
    report : TagReport
    page : path-like
        Where it will be.
    n_errors : int
    **songs : object
        ``clips`` and ``over_time``.

    Returns
    -------
    lead : dict
    sections : list of dict
    """
    lines = [
        "ROC-AUC: how often a song that has a tag is ranked above one that does not "
        "have it, as a mean over tags.",
        over_chance(report, "Guessing"),
        report._drawn(),
    ]
    scores = table(report, "summary", "Scores over all tags")
    counted = [line for line in report._lines()[:2] if line not in _leak_lines(report)]
    return lead(report, lines), [
        section("scores", "Scores", counted, [scores]),
        split_section(report),
        leak_section(report),
        _tags(report),
        _calibration(report),
        _errors(report, page, n_errors, songs),
    ]


def _leak_lines(report):
    """Return the lines that belong to another section."""
    return [] if report.leakage is None else [*report.leakage.summary(), *report.notes]


def _tags(report):
    """Show the scores of each tag, and of each category."""
    blocks = [table(report, "tags", "Scores of each tag", bars=_BARS)]
    if set(report.per_category) - {"other"}:
        bars = _BARS[:3]
        blocks.append(table(report, "categories", "Means by category", bars=bars))
    lines = [
        "Support: songs that have the tag. Average precision by chance is the share of "
        "songs that have the tag."
    ]
    return section("tags", "Tags", lines, blocks)


def _calibration(report):
    """Show how far probabilities can be trusted."""
    if report.proba.min() < 0 or report.proba.max() > 1:
        lines = ["The scores are not probabilities, as some are outside of [0, 1]."]
        return section("calibration", "Calibration", lines)
    rows, error = reliability(report.proba.ravel(), report.y_true.ravel())
    line = (
        f"Expected calibration error {error:.3f}, over all {report.proba.size:,} pairs "
        "of song and tag."
    )
    chart = calibration_block(rows, "probability of a tag", "share that has it")
    return section("calibration", "Calibration", [line], [chart])


def worst_songs(report, n):
    """Return the positions of the songs with the decisions most sure and wrong."""
    error = wrongness(report).max(axis=1)
    order = np.argsort(-error, kind="stable")
    order = order[error[order] > 0]
    _, first = np.unique(report.rows[order], return_index=True)
    return order[np.sort(first)][:n].tolist()


def wrongness(report):
    """Return the distance of every wrong decision from the truth; 0 for right ones."""
    far = np.abs(report.proba - report.y_true)
    return np.where(report.y_true != report.y_pred, far, 0.0)


def _errors(report, page, n_errors, songs):
    """Show the worst errors."""
    wrong = int((report.y_true != report.y_pred).sum())
    lines = [
        f"{wrong:,} of {report.y_true.size:,} decisions are wrong. Shown are the songs "
        "with the decisions of which the model was most sure. Listen to them: some "
        "tags may be wrong, or missing."
    ]
    worst = worst_songs(report, n_errors)
    if not worst:
        return section("errors", "Worst errors", ["No decision is wrong."])
    cards = [_card(report, position, page, songs) for position in worst]
    lines += [ABOUT_STRIPS] if any(card["strips"] for card in cards) else []
    block = {"kind": "songs", "songs": cards, "mark": "tagged"}
    return section("errors", "Worst errors", lines, [block])


def _card(report, position, page, songs):
    """Return what the page shows of a song with wrong decisions."""
    card = song_card(report, position, page, **songs)
    has, given = report.y_true[position], report.y_pred[position]
    tags = np.array(report.tags, dtype=object)
    card["facts"] = [
        ("Tags", ", ".join(tags[has]) or "none"),
        ("Given", ", ".join(tags[given]) or "none"),
        ("Fold", int(report.fold[position])),
    ]
    error = wrongness(report)[position]
    shown = [k for k in np.argsort(-error, kind="stable")[:_SHOWN] if error[k] > 0]
    proba = np.clip(report.proba[position], 0, 1)
    card["shares"] = [(report.tags[k], float(proba[k]), bool(has[k])) for k in shown]
    card["strips"] = card["strips"]([report.tags[k] for k in shown])
    return card
