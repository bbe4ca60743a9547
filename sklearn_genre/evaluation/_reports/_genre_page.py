"""The page of a report on genres."""

import numpy as np

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

_SHOWN = 3  # probabilities of a song


def genre_page(report, page, *, n_errors, **songs):
    """Return the result and the sections of the page of a report.

    Parameters
    ----------
    report : GenreReport
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
    largest = report.class_names[report.confusion_matrix.sum(axis=1).argmax()]
    guess = f"Always answering the most frequent genre ({largest})"
    lines = [f"{report._counted()}.", over_chance(report, guess), report._drawn()]
    scores = table(report, "summary", "Scores over all answers, and by fold")
    return lead(report, lines), [
        section("scores", "Scores", [], [scores]),
        split_section(report),
        leak_section(report),
        _genres(report) | {"narrow": True},
        _confusion(report) | {"narrow": True},
        _calibration(report),
        _errors(report, page, n_errors, songs),
    ]


def _genres(report):
    """Show the scores of each genre."""
    bars = ("precision", "recall", "f1")
    lines = [
        "Precision: how many of the answers with this genre are right. Recall: how "
        "many songs of this genre are found. F1: their harmonic mean. Support: answers "
        "for songs of this genre."
    ]
    block = table(report, "classes", "Scores of each genre", bars=bars)
    return section("genres", "Genres", lines, [block])


def _confusion(report):
    """Show the confusion matrix, and the pairs that are confused most."""
    block = {
        "kind": "matrix",
        "names": report.class_names,
        "counts": report.confusion_matrix.tolist(),
        "caption": "Labels by row, answers by column",
    }
    lines = [f"{report._confused_line()}."] if report.most_confused() else []
    lines.append("Shades are shares of the songs of a genre.")
    return section("confusion", "Confusion", lines, [block])


def _calibration(report):
    """Show how far probabilities can be trusted."""
    lines, blocks = [f"{report._calibration_line().removeprefix('Calibration: ')}."], []
    lines[0] = (lines[0][:1].upper() + lines[0][1:]).replace("..", ".")
    if report.calibration is not None:
        chart = calibration_block(
            report.calibration.reliability,
            "probability of the answer",
            "share that is right",
        )
        blocks = [chart, table(report, "reliability", "The same as a table", fold=True)]
    return section("calibration", "Calibration", lines, blocks)


def worst_answers(report, n):
    """Return the positions of the wrong answers that the model was most sure of.

    A song that is answered several times is shown once, by its worst answer; without
    probabilities, songs come in the order of their rows.
    """
    wrong = np.flatnonzero(report.y_true != report.y_pred)
    by = report.rows[wrong].astype(float)
    if report.proba is not None:
        by = -report.proba[wrong, report.y_pred[wrong]]
    order = wrong[np.argsort(by, kind="stable")]
    _, first = np.unique(report.rows[order], return_index=True)
    return order[np.sort(first)][:n].tolist()


def _errors(report, page, n_errors, songs):
    """Show the worst errors."""
    worst = worst_answers(report, n_errors)
    n = int((report.y_true != report.y_pred).sum())
    order = "those of which the model was most sure"
    if report.proba is None:
        order = "the first, as the model gives no probabilities"
    lines = [
        f"{n} of {len(report.y_true)} answers are wrong. Shown are {order}. Listen to "
        "them: some labels may be wrong too."
    ]
    if not worst:
        return section("errors", "Worst errors", ["No answer is wrong."])
    cards = [_card(report, position, page, songs) for position in worst]
    lines += [ABOUT_STRIPS] if any(card["strips"] for card in cards) else []
    block = {"kind": "songs", "songs": cards, "mark": "label"}
    return section("errors", "Worst errors", lines, [block])


def _card(report, position, page, songs):
    """Return what the page shows of a wrong answer."""
    true, pred = int(report.y_true[position]), int(report.y_pred[position])
    card = song_card(report, position, page, **songs)
    card["facts"] = [
        ("Label", report.class_names[true]),
        ("Answer", report.class_names[pred]),
        ("Fold", int(report.fold[position])),
    ]
    if report.proba is not None:
        proba = report.proba[position]
        shown = list(np.argsort(-proba, kind="stable")[:_SHOWN])
        shown += [] if true in shown else [true]
        card["shares"] = [
            (report.class_names[k], float(proba[k]), bool(k == true)) for k in shown
        ]
    names = [name for name, *_ in card["shares"]]
    card["strips"] = card["strips"](names or [report.class_names[true]])
    return card
