"""Report of an evaluation: scores with intervals, tables, text and HTML."""

import html

import numpy as np

from .._utils.labels import to_codes
from .._utils.text import printable
from .._utils.text_table import TextTable
from ..parameters import Integer, OneOf, Real
from ._published import published_figures
from ._statistics import METRICS, bootstrap_scores, calibration, count, interval

_WHY = {
    "song": (
        "songs: the answers for one song's rows depend on each other, songs count as "
        "independent draws"
    ),
    "group": (
        "groups (artists, with duplicates): songs of one artist are right or wrong "
        "together, so new music means new artists"
    ),
}


class GenreReport:
    """The result of :func:`evaluate`.

    ``print`` shows the protocol, what leaks, scores with intervals, the table of
    classes, the confusion matrix, the most confused pairs, calibration and the folds.

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
    y_true, y_pred : ndarray of int of shape (n_answers,)
        Positions in ``classes``.
    proba : ndarray of shape (n_answers, n_classes) or None
        None if the estimator gives no probabilities.
    scores : dict of str to float
        "accuracy", "balanced_accuracy" and "macro_f1" over all answers, in [0, 1].
    intervals : dict of str to tuple of float
        Bootstrap interval of each score. It says how much the score depends on which
        songs (or groups) were tested, given the trained models.
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

    def __init__(
        self, *, plan, answers, leakage, n_bootstrap, confidence, random_state
    ):
        _check_bootstrap(n_bootstrap, confidence)
        data = plan.data
        self.protocol, self.title = plan.key, plan.title
        self.leaking, self.unit = plan.leaking, plan.unit
        self.published_protocol = plan.published
        self.leakage, self.confidence = leakage, confidence
        self.n_bootstrap, self.random_state = n_bootstrap, random_state
        notes = [*data.notes, *plan.notes, *leakage.notes]
        self.notes = [printable(note) for note in notes]
        self.classes = np.unique(data.y)
        self.class_names = [data.class_names[c] for c in self.classes]
        self._join(data, plan.folds, answers)
        self._score(data.song_codes() if plan.groups is None else plan.groups)
        sizes = [[len(side) for side in fold] for fold in plan.folds]
        self.mean_sizes = tuple(np.mean(sizes, axis=0).tolist())
        self._fold_rows = _fold_rows(self, data, plan.folds, answers)
        chosen = [a["best_params"] for a in answers]
        self.best_params = None if None in chosen else chosen

    def _join(self, data, folds, answers):
        """Join the answers of all folds."""
        tests = [test for _, test in folds]
        index = np.concatenate(tests)
        self.index = index
        self.rows = data.numbers[index]
        self.fold = np.repeat(np.arange(len(tests)), [len(t) for t in tests])
        self.y_true = np.searchsorted(self.classes, data.y[index])
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

    def _score(self, units):
        """Compute scores, intervals and calibration of all answers."""
        k = len(self.classes)
        self.units = np.unique(units[self.index], return_inverse=True)[1]
        self.n_units = int(self.units.max()) + 1
        self.confusion_matrix = count(self.y_true, self.y_pred, k)
        self.scores = {m: float(f(self.confusion_matrix)) for m, f in METRICS.items()}
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

    def to_frame(self, what="summary"):
        """Return one of the tables as a DataFrame.

        Parameters
        ----------
        what : {"summary", "folds", "classes", "confusion", "confused", \
"reliability", "answers"}, default="summary"

        Returns
        -------
        frame : pandas.DataFrame

        Raises
        ------
        ValueError
            If there is no such table, or no probabilities for "reliability".
        ImportError
            If pandas is not installed.
        """
        return self._table(what).to_frame()

    def _table(self, what):
        """Return one of the tables."""
        tables = {
            "summary": self._summary,
            "folds": self._folds,
            "classes": self._classes,
            "confusion": self._confusion,
            "confused": self._confused,
            "reliability": self._reliability,
            "answers": self._answers,
        }
        OneOf(choices=tables).check_value("what", what)
        return tables[what]()

    def _summary(self):
        """Tabulate scores with intervals and their spread over folds."""
        rows = []
        for name, score in self.scores.items():
            by_fold = self.fold_scores[name]
            sd = float(by_fold.std(ddof=1)) if len(by_fold) > 1 else None
            low, high = self.intervals[name]
            rows.append([name, score, low, high, float(by_fold.mean()), sd])
        return TextTable(
            ["score", "pooled", "low", "high", "fold_mean", "fold_sd"], rows
        )

    def _folds(self):
        """Tabulate songs, artists, scores and times of each fold."""
        columns = ["fold", "train_songs", "test_songs", "train_artists"]
        columns += ["test_artists", "shared_artists", *METRICS]
        return TextTable([*columns, "fit_seconds", "predict_seconds"], self._fold_rows)

    def _classes(self):
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

    def _confusion(self):
        """Tabulate the confusion matrix with names."""
        rows = [
            [name, *map(int, line)]
            for name, line in zip(self.class_names, self.confusion_matrix, strict=True)
        ]
        return TextTable(["truth \\ answer", *self.class_names], rows)

    def _confused(self):
        """Tabulate all confused pairs."""
        pairs = self.most_confused(len(self.classes) ** 2)
        return TextTable(
            ["genre", "other", "errors", "share"], [list(p) for p in pairs]
        )

    def _reliability(self):
        """Return the table of reliability."""
        if self.calibration is None:
            raise ValueError("The estimator gives no probabilities (predict_proba).")
        return self.calibration.reliability

    def _answers(self):
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

    def summary(self):
        """Return the result in one line.

        Returns
        -------
        line : str
        """
        low, high = self.intervals["accuracy"]
        mark = "LEAKING: " if self.leaking else ""
        return (
            f"{mark}{self.title}: accuracy {self.scores['accuracy']:.3f} "
            f"[{low:.3f}, {high:.3f}]"
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
        level = f"{self.confidence:.0%}"
        blocks = [
            "\n".join([self.summary(), *self.leakage.summary(), *self.notes]),
            f"{self._table('summary')}\n{level} intervals: bootstrap over "
            f"{self.n_units} {_WHY[self.unit]}.",
            str(self._classes()),
            str(self._confusion()),
            "Most confused: "
            + "; ".join(
                printable(f"{a} and {b} {n} ({share:.0%} of errors)")
                for a, b, n, share in self.most_confused()
            ),
            self._calibration_line(),
            str(self._folds()),
        ]
        return "\n\n".join(blocks)

    def _calibration_line(self):
        """Describe the calibration."""
        c = self.calibration
        if c is None:
            return "Calibration: not known, as the estimator has no predict_proba."
        return (
            f"Calibration: expected calibration error {c.ece:.3f}, log loss "
            f"{c.log_loss:.3f}, Brier score {c.brier:.3f} (0 to 2)"
        )

    def __repr__(self):
        return f"<GenreReport: {self.summary()}>"

    def _repr_html_(self):
        lines = [self.summary(), *self.leakage.summary(), *self.notes]
        lines.append(self._calibration_line())
        head = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        tables = ("summary", "classes", "confusion", "folds")
        return head + "".join(self._table(t).to_html(limit=100) for t in tables)


def _check_bootstrap(n_bootstrap, confidence):
    """Check the parameters of the intervals."""
    Integer(low=1).check_value("n_bootstrap", n_bootstrap)
    Real(low=0, high=1, closed="neither").check_value("confidence", confidence)


def _ratio(part, whole):
    """Return a share; None if the whole is empty."""
    return float(part / whole) if whole else None


def _fold_rows(report, data, folds, answers):
    """Return the rows of the table of folds."""
    songs = data.song_codes()
    artists = None
    if data.groups is not None:
        artists = to_codes(data.groups)[0]
    rows = []
    for i, ((train, test), answer) in enumerate(zip(folds, answers, strict=True)):
        row = [i, len(np.unique(songs[train])), len(np.unique(songs[test]))]
        if artists is None:
            row += [None, None, None]
        else:
            sides = np.unique(artists[train]), np.unique(artists[test])
            shared = np.intersect1d(*sides, assume_unique=True)
            row += [len(sides[0]), len(sides[1]), len(shared)]
        row += [float(report.fold_scores[m][i]) for m in METRICS]
        rows.append([*row, answer["fit_time"], answer["predict_time"]])
    return rows
