"""Songs as points in a plane."""

import html
import io

import numpy as np
from sklearn.utils import check_consistent_length

from .._utils.files import replacing
from ..inspection import project
from ..parameters import OneOf
from ._canvas import figure_of, one_axes, plain, pyplot, styles

_AXES = {"pca": "Principal component {}", "tsne": "t-SNE {}"}
_RESPONSES = ("transform", "decision_function", "predict_proba")
_SVG = "http://www.w3.org/2000/svg"
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{margin:1em;background:#fff}}svg{{max-width:100%;height:auto}}</style>
</head><body>{svg}</body></html>
"""


class EmbeddingDisplay:
    """Songs as points in a plane, one color and shape per genre.

    Parameters
    ----------
    points : array-like of shape (n, 2)
    y : array-like of shape (n,)
        Genres.
    names : array-like of shape (n,) or None, default=None
        What `to_html` shows of each song, such as its artist and title.
    axes : (str, str), default=("Dimension 1", "Dimension 2")
        Labels of the axes.

    Attributes
    ----------
    ax_ : Axes
    figure_ : Figure
    scatters_ : dict of str to PathCollection
        The points of each genre.

    Raises
    ------
    ValueError
        If lengths differ, or points are not pairs.

    See Also
    --------
    sklearn_genre.inspection.project : The points themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.plotting import EmbeddingDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(40, 12)), ["dub", "polka"] * 20
    >>> display = EmbeddingDisplay.from_features(X, y)
    >>> list(display.scatters_), display.ax_.get_xlabel()
    (['dub', 'polka'], 'Principal component 1')
    """

    def __init__(self, points, y, *, names=None, axes=("Dimension 1", "Dimension 2")):
        self.points, self.y, self.axes = np.asarray(points), np.asarray(y), axes
        self.names = None if names is None else [str(name) for name in names]
        check_consistent_length(self.points, self.y, self.names)
        if self.points.ndim != 2 or self.points.shape[1] != 2:
            raise ValueError(
                f"points must be of shape (n, 2), got {self.points.shape}."
            )

    @classmethod
    def from_features(
        cls, X, y, *, method="pca", names=None, random_state=0, ax=None, **params
    ):
        """Draw features, codes or logits.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            One row per song. Standardize features of different units first.
        y : array-like of shape (n,)
            Genres.
        method : {"pca", "tsne"}, default="pca"
            How they become points.
        names : array-like of shape (n,) or None, default=None
            What `to_html` shows of each song.
        random_state : int, RandomState instance or None, default=0
            Seeds t-SNE.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.
        **params
            Of the method, such as ``perplexity`` of t-SNE.

        Returns
        -------
        display : EmbeddingDisplay

        Raises
        ------
        ValueError
            If ``method`` is unknown, or X is ragged or not finite.
        """
        pyplot()  # before minutes of work
        points = project(X, method=method, random_state=random_state, **params)
        axes = tuple(_AXES[method].format(k) for k in (1, 2))
        return cls(points, y, names=names, axes=axes).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        response_method="auto",
        method="pca",
        names=None,
        random_state=0,
        ax=None,
        **params,
    ):
        """Draw what a model makes of songs.

        Parameters
        ----------
        estimator : estimator or Pipeline
            Fitted: a transformer, such as `Autoencoder` (its codes),
            `MusicnnEmbedding`, or a chain of features; or a classifier (its logits).
        X : array-like
            What the estimator takes.
        y : array-like of shape (n,)
            Genres.
        response_method : {"auto", "transform", "decision_function", \
"predict_proba"}, default="auto"
            What becomes points; "auto": the first of them that the estimator has.
        method : {"pca", "tsne"}, default="pca"
            How it becomes points.
        names : array-like of shape (n,) or None, default=None
            What `to_html` shows of each song.
        random_state : int, RandomState instance or None, default=0
            Seeds t-SNE.
        ax : Axes or None, default=None
            Where to draw; None makes a figure.
        **params
            Of the method, such as ``perplexity`` of t-SNE.

        Returns
        -------
        display : EmbeddingDisplay

        Raises
        ------
        AttributeError
            If the estimator has no such method.
        """
        rule = OneOf(choices=("auto", *_RESPONSES))
        rule.check_value("response_method", response_method)
        if response_method == "auto":
            known = [name for name in _RESPONSES if hasattr(estimator, name)]
            response_method = known[0] if known else "transform"
        values = np.asarray(getattr(estimator, response_method)(X))
        values = values[:, None] if values.ndim == 1 else values
        how = {"method": method, "names": names, "random_state": random_state}
        return cls.from_features(values, y, ax=ax, **how, **params)

    def plot(self, *, ax=None, size=24):
        """Draw.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None makes a figure.
        size : float, default=24
            Area of a point, in square points of print.

        Returns
        -------
        self : EmbeddingDisplay
        """
        ax = one_axes(ax, figsize=(5.6, 4))
        genres = np.unique(self.y)
        self.scatters_ = {}
        for genre, (color, marker) in zip(genres, styles(len(genres)), strict=True):
            self.scatters_[str(genre)] = ax.scatter(
                *self.points[self.y == genre].T,
                s=size,
                color=color,
                marker=marker,
                alpha=0.8,
                linewidths=0.4,
                edgecolors="white",
                label=plain(genre),
            )
        ax.set(xlabel=self.axes[0], ylabel=self.axes[1], xticks=[], yticks=[])
        shown = list(self.scatters_.values())
        # given one by one, since names may begin with an underscore
        ax.legend(
            shown,
            [scatter.get_label() for scatter in shown],
            loc="upper left",
            bbox_to_anchor=(1, 1),
            frameon=False,
            markerscale=1.4,
        )
        self.ax_, self.figure_ = ax, figure_of(ax)
        return self

    def to_html(self, path, *, title="Songs"):
        """Write a page in which the pointer shows the name of each song.

        Parameters
        ----------
        path : path-like
            The file, of a page that needs no other and no network.
        title : str, default="Songs"
            Title of the page.

        Returns
        -------
        self : EmbeddingDisplay
        """
        if not hasattr(self, "figure_"):
            self.plot()
        file = io.StringIO()
        with pyplot().rc_context({"svg.fonttype": "none"}):
            for k, scatter in enumerate(self.scatters_.values()):
                scatter.set_gid(f"genre-{k}")
            self.figure_.savefig(file, format="svg", metadata={"Date": None})
        svg = self._with_names(file.getvalue())
        page = _PAGE.format(title=html.escape(title), svg=svg)
        with replacing(path) as target:
            # names of files may be no text
            target.write(page.encode("utf-8", "replace"))
        return self

    def _with_names(self, svg):
        """Return an SVG in which every point has its name as a title."""
        from xml.etree import ElementTree

        ElementTree.register_namespace("", _SVG)
        ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
        root = ElementTree.fromstring(svg)
        parts = {part.get("id"): part for part in root.iter()}
        for k, genre in enumerate(np.unique(self.y)):
            rows = np.flatnonzero(self.y == genre)
            points = parts[f"genre-{k}"].iter(f"{{{_SVG}}}use")
            for row, point in zip(rows, points, strict=True):
                name = str(row) if self.names is None else self.names[row]
                text = ElementTree.SubElement(point, f"{{{_SVG}}}title")
                text.text = f"{name} ({genre})"
        return ElementTree.tostring(root, encoding="unicode")
