"""What the reports on genres and on tags share: where their answers come from."""

import numpy as np

from ..._utils.labels import to_codes
from ..._utils.page import write_page
from ..._utils.tabular import Tabular
from ..._utils.text import printable
from ..._utils.text_table import TextTable
from ...parameters import Integer, Real
from .._statistics import doubt

WHY = {
    "song": (
        "songs: the answers for one song's rows depend on each other, songs count as "
        "independent draws"
    ),
    "group": (
        "groups (artists, with duplicates): songs of one artist are right or wrong "
        "together, so new music means new artists"
    ),
}
_PEOPLE = ["train_artists", "test_artists", "shared_artists"]


class Report(Tabular):
    """Base of the reports that :func:`evaluate` returns."""

    def _set_split(self, plan, answers, leakage):
        """Keep how the data were split, and what the rows are."""
        data = plan.data
        self.protocol, self.title = plan.key, plan.title
        self.leaking, self.unit, self.leakage = plan.leaking, plan.unit, leakage
        notes = [*data.notes, *plan.notes, *leakage.notes]
        self.notes = [printable(note) for note in notes]
        tests = [test for _, test in plan.folds]
        self.index = np.concatenate(tests)
        self.rows = data.numbers[self.index]
        self.fold = np.repeat(np.arange(len(tests)), [len(t) for t in tests])
        self.names = [leakage.names[i] for i in self.index]
        self.paths = data.paths and [data.paths[i] for i in self.index]
        units = data.song_codes() if plan.groups is None else plan.groups
        self.units = np.unique(units[self.index], return_inverse=True)[1]
        self.n_units = int(self.units.max()) + 1
        sizes = [[len(side) for side in fold] for fold in plan.folds]
        self.mean_sizes = tuple(np.mean(sizes, axis=0).tolist())
        chosen = [a["best_params"] for a in answers]
        self.best_params = None if None in chosen else chosen
        self._sides = [_sides(data, fold) for fold in plan.folds]
        self._times = [(a["fit_time"], a["predict_time"]) for a in answers]

    def _folds_table(self):
        """Tabulate songs, artists, scores and times of each fold."""
        columns = ["fold", "train_songs", "test_songs", *_PEOPLE, *self.fold_scores]
        scores = zip(*(s.tolist() for s in self.fold_scores.values()), strict=True)
        rows = [
            [i, *sides, *by_metric, *times]
            for i, (sides, by_metric, times) in enumerate(
                zip(self._sides, scores, self._times, strict=True)
            )
        ]
        return TextTable([*columns, "fit_seconds", "predict_seconds"], rows)

    def _spread(self, metric):
        """Return the mean of a score over folds, and its standard deviation."""
        by_fold = self.fold_scores[metric]
        sd = float(by_fold.std(ddof=1)) if len(by_fold) > 1 else None
        return float(by_fold.mean()), sd

    def summary(self):
        """Return the result in one line.

        Returns
        -------
        line : str
        """
        name, score, interval, _ = self._headline()
        mark = "LEAKING: " if self.leaking else ""
        bounds = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        return f"{mark}{self.title}: {name} {score:.3f}{bounds}"

    def _drawn(self):
        """Say what the intervals are."""
        if not self.n_bootstrap:
            return "Without intervals (n_bootstrap=0)."
        bounds = next(iter(self.intervals.values()))
        more = doubt(bounds, self.unit, self.n_units, self.confidence)
        return (
            f"{self.confidence:.0%} intervals: bootstrap over {self.n_units} "
            f"{WHY[self.unit]}. {more}"
        ).rstrip()

    def to_html(self, path, *, title=None, clips=None, n_errors=12, over_time=None):
        """Write the report as a page of HTML.

        The page is one file that asks for nothing from anywhere, for screens of any
        width, dark ones too, and for print: the score with its interval and chance, the
        split in plain words, tables, calibration, the worst errors with spectrograms
        and sound, leaks, and what was not checked.

        Parameters
        ----------
        path : path-like
            File to write, such as "report.html".
        title : str or None, default=None
            Heading; None says what was measured.
        clips : sequence or None, default=None
            The clip of each row of the data, to show errors: files, waveforms with
            their rates as (array, rate) pairs, or spectrograms of shape (n_bands,
            n_frames) or (n_slices, n_bands, n_frames). None takes the files that the
            data name, if they are there.
        n_errors : int, default=12
            Number of errors that are shown, >= 0. The file of each is decoded.
        over_time : callable or None, default=None
            A function from a song to its genres or tags over time, which are shown
            under the spectrograms: ``lambda song: song_over_time(model, song)``, with
            :func:`~sklearn_genre.prediction.song_over_time` and a model that has not
            heard these songs, or :func:`~sklearn_genre.taggram`.

        Raises
        ------
        ValueError
            If ``n_errors`` is negative.
        OSError
            If the page cannot be written.

        Notes
        -----
        The page does not hold the songs. It links to them by their place relative to
        its own folder, so it can be moved together with them, and without them shows
        all but the sound.
        """
        Integer(low=0).check_value("n_errors", n_errors)
        shown = {"clips": clips, "n_errors": n_errors, "over_time": over_time}
        lead, sections = self._page(path, **shown)
        name, *_ = self._headline()
        title = f"{name}, {self.title}" if title is None else title
        title = title[:1].upper() + title[1:]
        write_page(path, title=title, lead=lead, sections=sections)

    def __repr__(self):
        *_, chance = self._headline()
        return "\n".join(
            [
                f"<{type(self).__name__}: {self.summary()}",
                f"  {self._counted()}; {chance:.3f} by chance",
                "  print() for tables, to_html(path) for a page>",
            ]
        )


def check_bootstrap(n_bootstrap, confidence, low=1):
    """Check the parameters of the intervals."""
    Integer(low=low).check_value("n_bootstrap", n_bootstrap)
    Real(low=0, high=1, closed="neither").check_value("confidence", confidence)


def _sides(data, fold):
    """Count songs and artists on both sides of a fold, and artists on both."""
    songs = data.song_codes()
    counts = [len(np.unique(songs[rows])) for rows in fold]
    if data.groups is None:
        return [*counts, None, None, None]
    artists = to_codes(data.groups)[0]
    sides = [np.unique(artists[rows]) for rows in fold]
    shared = np.intersect1d(*sides, assume_unique=True)
    return [*counts, *map(len, sides), len(shared)]
