"""Report on genres: scores with intervals, tables, text and HTML."""

import numpy as np

from ..._utils.page import notebook_box
from ..._utils.text import printable
from ..._utils.text_table import TextTable
from .._published import published_figures
from .._statistics import METRICS, bootstrap_scores, calibration, count, interval
from ._base import Report, check_bootstrap
from ._genre_page import genre_page


class GenreReport(Report):
    """The result of :func:`evaluate` for genres.

    ``print`` shows the protocol, what leaks, scores with intervals, the table of
    classes, the confusion matrix, the most confused pairs, calibration and the folds;
    :meth:`to_html` writes all this and the worst errors as a page.

    ``to_frame``, ``to_csv``, ``to_json``, ``to_latex`` and ``to_markdown`` give its
    tables: "summary", "folds", "classes", "confusion", "confused", "reliability" (for
    models with probabilities) and "answers".

    Parameters
    ----------
    plan : Plan
        Protocol and folds.
    answers : list of dict
        What the model of each fold answered.
    leakage : LeakageReport
    n_bootstrap : int
    confidence : float
    random_state : int, RandomState instance or None

    Attributes
    ----------
    protocol : str
        Key of the protocol.
    title : str
        The protocol in words.
    leaking : bool
        Whether the protocol leaks on purpose.
    leakage : LeakageReport
        What is on both sides of the folds.
    classes : ndarray of shape (n_classes,)
        Classes as in y, sorted.
    class_names : list of str
    rows, fold : ndarray of int of shape (n_answers,)
        Row of the data, and fold, of each answer. Where "slice_level" made rows of
        4-D X, slice j of song i has row ``i * n_slices + j``.
    names : list of str
        Name of the row of each answer: its path, id, song or number.
    paths : list of (str or None), or None
        File of each answer, if the data name files.
    y_true, y_pred : ndarray of int of shape (n_answers,)
        Positions in ``classes``.
    proba : ndarray of shape (n_answers, n_classes) or None
        None if the estimator gives no probabilities.
    scores : dict of str to float
        "accuracy", "balanced_accuracy" and "macro_f1" over all answers, in [0, 1].
    intervals : dict of str to tuple of float
        Bootstrap interval of each score. It says how much the score depends on which
        songs (or groups) were tested, given the trained models.
    chance : dict of str to float
        Scores of always answering the most frequent genre.
    unit : {"song", "group"}
        What the bootstrap draws.
    n_units : int
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        Rows are the truth.
    calibration : Calibration or None
        None if the estimator gives no probabilities.
    fold_scores : dict of str to ndarray of shape (n_folds,)
    mean_sizes : tuple of float
        Rows on the training and on the test side of a fold, on average.
    best_params : list of dict or None
        What a search chose in each fold; None without a search.
    notes : list of str

    See Also
    --------
    evaluate : Makes such a report.
    compare : Compares two reports.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn_genre import evaluate
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["jazz", "rock"], 30)
    >>> X = rng.normal(size=(60, 4)) + 2 * (y == "rock")[:, None]
    >>> report = evaluate(GaussianNB(), X, y, protocol="random", n_splits=3)
    >>> sorted(report.scores)
    ['accuracy', 'balanced_accuracy', 'macro_f1']
    >>> report.confusion_matrix.sum()
    np.int64(60)
    """

    tables = (
        "summary",
        "folds",
        "classes",
        "confusion",
        "confused",
        "reliability",
        "answers",
    )
    _boxed = ("summary", "classes", "confusion", "folds")

    def __init__(
        self, *, plan, answers, leakage, n_bootstrap, confidence, random_state
    ):
        check_bootstrap(n_bootstrap, confidence)
        data = plan.data
        self._set_split(plan, answers, leakage)
        self.published_protocol = plan.published
        self.n_bootstrap, self.confidence = n_bootstrap, confidence
        self.random_state = random_state
        self.classes = _classes(plan, answers)
        self.class_names = [data.class_names.get(c, str(c)) for c in self.classes]
        self._join(data, answers)
        self._score()

    def _join(self, data, answers):
        """Join the answers of all folds."""
        self.y_true = np.searchsorted(self.classes, data.y[self.index])
        pred = np.concatenate([a["pred"] for a in answers])
        unknown = ~np.isin(pred, self.classes)
        if unknown.any():
            odd = pred[unknown].tolist()[0]
            raise ValueError(f"The estimator answered {odd!r}, which is not in y.")
        self.y_pred = np.searchsorted(self.classes, pred)
        self.proba = None
        if all(a["proba"] is not None for a in answers):
            self.proba = np.concatenate([self._columns(a) for a in answers])

    def _columns(self, answer):
        """Return the probabilities of a fold with a column for every class."""
        out = np.zeros((len(answer["pred"]), len(self.classes)))
        proba = np.asarray(answer["proba"], dtype=float)
        sums = proba.sum(axis=1)
        if (abs(sums - 1) > 1e-3).any():
            raise ValueError(
                "predict_proba must give rows that sum to one, but one sums to "
                f"{sums[abs(sums - 1).argmax()]:.6g}."
            )
        out[:, np.searchsorted(self.classes, answer["classes"])] = proba
        return out

    def _score(self):
        """Compute scores, intervals and calibration of all answers."""
        k = len(self.classes)
        self.confusion_matrix = count(self.y_true, self.y_pred, k)
        self.scores = {m: float(f(self.confusion_matrix)) for m, f in METRICS.items()}
        support = self.confusion_matrix.sum(axis=1)
        constant = count(self.y_true, np.full_like(self.y_true, support.argmax()), k)
        self.chance = {m: float(f(constant)) for m, f in METRICS.items()}
        draws = bootstrap_scores(
            self.unit_counts(), self.n_bootstrap, self.random_state
        )
        self.intervals = {m: interval(v, self.confidence) for m, v in draws.items()}
        folds = range(self.fold.max() + 1)
        parts = [
            count(self.y_true[self.fold == f], self.y_pred[self.fold == f], k)
            for f in folds
        ]
        self.fold_scores = {
            m: np.array([float(f(part)) for part in parts]) for m, f in METRICS.items()
        }
        self.calibration = None
        if self.proba is not None:
            self.calibration = calibration(self.y_true, self.proba)

    def unit_counts(self):
        """Count the confusions of each song (or group), for bootstraps.

        Returns
        -------
        counts : sparse array of shape (n_units, n_classes * n_classes)
        """
        return count(self.y_true, self.y_pred, len(self.classes), self.units)

    def most_confused(self, n=5):
        """Return the pairs of genres that are most often confused.

        Parameters
        ----------
        n : int, default=5
            Number of pairs.

        Returns
        -------
        pairs : list of (str, str, int, float)
            Two genres, errors between them in both directions, their share of all
            errors.
        """
        errors = self.confusion_matrix + self.confusion_matrix.T
        left, right = np.triu_indices(len(self.classes), 1)
        order = np.argsort(-errors[left, right], kind="stable")[:n]
        total = max(errors[left, right].sum(), 1)
        names = self.class_names
        return [
            (names[a], names[b], int(errors[a, b]), float(errors[a, b] / total))
            for a, b in zip(left[order], right[order], strict=True)
            if errors[a, b]
        ]

    def _summary_table(self):
        """Tabulate scores with intervals, chance and their spread over folds."""
        rows = [
            [m, score, *self.intervals[m], self.chance[m], *self._spread(m)]
            for m, score in self.scores.items()
        ]
        columns = ["score", "pooled", "low", "high", "chance", "fold_mean", "fold_sd"]
        return TextTable(columns, rows)

    def _classes_table(self):
        """Tabulate precision, recall and F1 of each class."""
        hits = np.diag(self.confusion_matrix)
        true, said = (
            self.confusion_matrix.sum(axis=1),
            self.confusion_matrix.sum(axis=0),
        )
        rows = [
            [
                name,
                _ratio(hit, s),
                _ratio(hit, t),
                _ratio(2 * hit, s + t),
                int(t),
            ]
            for name, hit, s, t in zip(self.class_names, hits, said, true, strict=True)
        ]
        return TextTable(["genre", "precision", "recall", "f1", "support"], rows)

    def _confusion_table(self):
        """Tabulate the confusion matrix with names."""
        rows = [
            [name, *map(int, line)]
            for name, line in zip(self.class_names, self.confusion_matrix, strict=True)
        ]
        return TextTable(["truth \\ answer", *self.class_names], rows)

    def _confused_table(self):
        """Tabulate all confused pairs."""
        pairs = self.most_confused(len(self.classes) ** 2)
        return TextTable(
            ["genre", "other", "errors", "share"], [list(p) for p in pairs]
        )

    def _reliability_table(self):
        """Return the table of reliability."""
        if self.calibration is None:
            raise ValueError("The estimator gives no probabilities (predict_proba).")
        return self.calibration.reliability

    def _answers_table(self):
        """Tabulate every answer."""
        names = self.class_names
        columns = ["row", "fold", "genre", "answer"]
        rows = [
            [int(r), int(f), names[t], names[p]]
            for r, f, t, p in zip(
                self.rows, self.fold, self.y_true, self.y_pred, strict=True
            )
        ]
        if self.proba is None:
            return TextTable(columns, rows)
        rows = [[*row, *map(float, p)] for row, p in zip(rows, self.proba, strict=True)]
        return TextTable([*columns, *(f"proba_{name}" for name in names)], rows)

    def _headline(self):
        """Return the main score: its name, value, interval, and that of chance."""
        name = "accuracy"
        return name, self.scores[name], self.intervals[name], self.chance[name]

    def _counted(self):
        """Say how much was answered."""
        return (
            f"{len(self.y_true)} answers, {len(self.classes)} genres, "
            f"{self.fold.max() + 1} folds"
        )

    def compare_published(self, *, dataset="gtzan"):
        """Rank the accuracy among those published for the same protocol.

        Parameters
        ----------
        dataset : str, default="gtzan"
            The data set this report is about.

        Returns
        -------
        table : TextTable
            Best first; prints as text and has ``to_frame``. Only figures of the same
            protocol are comparable, so the others are left out.
        """
        found = []
        if self.published_protocol:
            found = published_figures(
                dataset=dataset, protocol=self.published_protocol, metric="accuracy"
            )
        rows = [[f.value, f.spread, f.system, f.mark, f.source] for f in found]
        low, high = self.intervals["accuracy"]
        mine = f"interval {low:.3f} to {high:.3f}"
        rows.append([self.scores["accuracy"], None, "this report", "measured", mine])
        rows.sort(key=lambda row: -row[0])
        return TextTable(["accuracy", "spread", "system", "mark", "source"], rows)

    def __str__(self):
        blocks = [
            "\n".join([self.summary(), *self.leakage.summary(), *self.notes]),
            f"{self._table('summary')}\n{self._drawn()}",
            str(self._table("classes")),
            str(self._table("confusion")),
            self._confused_line(),
            self._calibration_line(),
            str(self._table("folds")),
        ]
        return "\n\n".join(blocks)

    def _confused_line(self):
        """Name the pairs that are confused most."""
        pairs = (
            printable(f"{a} and {b} {n} ({share:.0%} of errors)")
            for a, b, n, share in self.most_confused()
        )
        return f"Most confused: {'; '.join(pairs)}"

    def _calibration_line(self):
        """Describe the calibration."""
        c = self.calibration
        if c is None:
            return "Calibration: not known, as the estimator has no predict_proba."
        return (
            f"Calibration: expected calibration error {c.ece:.3f}, log loss "
            f"{c.log_loss:.3f}, Brier score {c.brier:.3f} (0 to 2)"
        )

    def _page(self, path, **shown):
        """Return the result and the sections of a page."""
        return genre_page(self, path, **shown)

    def _repr_html_(self):
        lines = [*self.leakage.summary(), *self.notes, self._calibration_line()]
        tables = {name: self._table(name) for name in self._boxed}
        return notebook_box(type(self).__name__, self.summary(), lines, tables)


def _classes(plan, answers):
    """Return the classes of y, with those that only a fitted model knows."""
    more = []
    if plan.key == "fitted":
        more = [answer[what] for answer in answers for what in ("classes", "pred")]
    return np.unique(np.concatenate([plan.data.y, *more]))


def _ratio(part, whole):
    """Return a share; None if the whole is empty."""
    return float(part / whole) if whole else None
