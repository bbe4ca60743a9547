"""Published scores as data, each with its system, its protocol and its source."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class PublishedFigure:
    """One published score.

    Attributes
    ----------
    dataset : {"gtzan", "magnatagatune", "fma", "homburg", "msd"}
    metric : {"accuracy", "roc_auc", "average_precision"}
        ROC-AUC and average precision are means over tags.
    value : float
        In [0, 1].
    spread : float or None
        Spread as the source states it, in [0, 1]; None if it states none.
    system : str
    protocol : str
        How the data were split. Only scores of one protocol are comparable.
    details : str
        More about the split.
    source : str
        Where the figure was found.
    mark : {"read", "quoted"}
        Whether it was read at its source, or quoted second-hand and not yet checked
        there.

    Examples
    --------
    >>> from sklearn_genre.evaluation import published_figures
    >>> published_figures(dataset="gtzan", protocol="random 10-fold")[0].value
    0.925
    """

    dataset: str
    metric: str
    value: float
    spread: float | None
    system: str
    protocol: str
    details: str
    source: str
    mark: str


def published_figures(*, dataset=None, protocol=None, metric=None):
    """Return published scores, best first.

    Parameters
    ----------
    dataset : {"gtzan", "magnatagatune", "fma", "homburg", "msd"} or None, default=None
        None takes all; the same holds for the next two parameters.
    protocol : str or None, default=None
        Such as "random 10-fold", "random holdout", "slice_level", "fault_filtered"
        or "unstated" for GTZAN.
    metric : {"accuracy", "roc_auc", "average_precision"} or None, default=None

    Returns
    -------
    figures : list of PublishedFigure
        Empty if this package knows none for that protocol.

    Raises
    ------
    ValueError
        If there is no such data set or metric.

    Examples
    --------
    >>> from sklearn_genre.evaluation import published_figures
    >>> best = published_figures(dataset="gtzan", protocol="fault_filtered")[0]
    >>> best.value, best.system, best.mark
    (0.856, 'MuQ_iter (pretrained on 160,000 h)', 'read')
    """
    figures = _read()
    for name, wanted in (("dataset", dataset), ("metric", metric)):
        known = sorted({getattr(f, name) for f in figures})
        if wanted is not None and wanted not in known:
            raise ValueError(f"{name} must be one of {known}, got {wanted!r}.")
    found = [
        f
        for f in figures
        if dataset in (None, f.dataset)
        and protocol in (None, f.protocol)
        and metric in (None, f.metric)
    ]
    return sorted(found, key=lambda f: -f.value)


@cache
def _read():
    """Read all figures of the table."""
    text = resources.files(__package__).joinpath("published_figures.csv")
    lines = csv.DictReader(text.read_text(encoding="utf-8").splitlines())
    return [
        PublishedFigure(
            **{
                **line,
                "value": float(line["value"]),
                "spread": float(line["spread"]) if line["spread"] else None,
            }
        )
        for line in lines
    ]
