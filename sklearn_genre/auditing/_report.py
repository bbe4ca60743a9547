"""The report of an audit: findings, duplicates, tables, text and HTML."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .._utils.page import notebook_box, write_page
from .._utils.tabular import Tabular
from .._utils.text import printable
from .._utils.text_table import TextTable

LEVELS = ("error", "warning", "note")
_NAMED = 5  # clips that a line names before it says "and ... more"


@dataclass(frozen=True)
class Finding:
    """Something about one clip that the user should know.

    Attributes
    ----------
    row : int
        Row of the clip.
    name : str
        Its path, id or number.
    kind : str
        See the Notes of :func:`audit`.
    level : {"error", "warning", "note"}
    detail : str
        In words.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import audit
    >>> audit([np.zeros(44100)], sample_rate=22050).findings[0].kind
    'silent'
    """

    row: int
    name: str
    kind: str
    level: str
    detail: str


@dataclass(frozen=True)
class NearDuplicate:
    """Two clips that share a stretch of one recording.

    Attributes
    ----------
    first, second : int
        Rows of the clips, first < second.
    similarity : float
        1 for equal recordings, about 0 for different ones.
    offset : float
        Where ``second`` begins in ``first``: in seconds for audio, in frames for
        spectrograms.
    length : float
        Length of the stretch in the same unit.
    share : float
        Length over that of the shorter clip, in (0, 1].

    Examples
    --------
    >>> from sklearn_genre.auditing import NearDuplicate
    >>> NearDuplicate(0, 4, 0.8, 1.5, 28.5, 0.95).share
    0.95
    """

    first: int
    second: int
    similarity: float
    offset: float
    length: float
    share: float


class AuditReport(Tabular):
    """Report of what is wrong with a data set; made by :func:`audit`.

    ``print`` shows a summary, a notebook shows tables, and :meth:`to_html` writes a
    page.

    ``to_frame``, ``to_csv``, ``to_json``, ``to_latex`` and ``to_markdown`` give its
    tables. "clips", the first, has columns clip, label, duration (s), sample_rate (Hz),
    n_channels, peak and level (dB of full scale), silent and clipped (shares), findings
    (kinds, joined by ", ") and usable; "findings" has level, kind, row, clip and
    detail; "balance" has label and clips.

    Parameters
    ----------
    names : list of str
        Name of each clip.
    labels : list or None
        Label of each clip.
    measures : list of Measures
        What was measured for each clip.
    findings : list of Finding
    exact, near : list
        Duplicates.
    notes : list of str
    fail_on : {"error", "warning"}

    Attributes
    ----------
    findings : list of Finding
        Errors first, then warnings and notes, each in order of rows.
    exact_duplicates : list of tuple of int
        Sets of rows whose samples are equal.
    near_duplicates : list of NearDuplicate
        Other pairs of clips that share a stretch of one recording.
    duplicates : list of tuple of int
        All pairs of rows of both kinds, as :func:`merge_groups`, :func:`check_leakage`
        and :class:`GuardedCV` take them.
    balance : dict
        Number of clips by label, the largest first; for tags, by tag.
    usable : ndarray of shape (n_clips,) of bool
        False for clips that cannot be used: unreadable, not finite, out of range,
        silent or canceled in mono.
    notes : list of str
        About the audit as a whole, such as what was not looked for.
    exit_status : {0, 1}
        1 if there is a finding of level ``fail_on`` or above.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import audit
    >>> table = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]])
    >>> report = audit(table, ["rock", "jazz", "metal"])
    >>> report.duplicates, report.exit_status
    ([(0, 2)], 1)
    """

    tables = ("clips", "findings", "balance")

    def __init__(
        self, names, labels, measures, findings, exact, near, *, notes, fail_on
    ):
        self.names, self.labels, self.measures = names, labels, measures
        self.findings = sorted(findings, key=lambda f: (LEVELS.index(f.level), f.row))
        self.exact_duplicates = exact
        self.near_duplicates = near
        self.duplicates = sorted(
            {(a, b) for rows in exact for a in rows for b in rows if a < b}
            | {(pair.first, pair.second) for pair in near}
        )
        self.balance = _balance(labels)
        self.notes = notes
        failing = LEVELS[: LEVELS.index(fail_on) + 1]
        self.exit_status = int(any(f.level in failing for f in findings))
        self.usable = np.ones(len(names), dtype=bool)
        lost = ("unreadable", "not_finite", "out_of_range", "silent", "canceled")
        self.usable[[f.row for f in findings if f.kind in lost]] = False

    def to_html(self, path, *, title=None):
        """Write the report as a page of HTML, in one file.

        Parameters
        ----------
        path : path-like
            File to write, such as "audit.html".
        title : str or None, default=None
            Heading; None gives "Audit".

        Raises
        ------
        OSError
            If the page cannot be written.
        """
        captions = {
            "findings": "Errors first, then warnings and notes",
            "balance": "Clips by label",
            "clips": "What was measured",
        }
        blocks = {
            name: {"kind": "table", "table": self._table(name), "caption": caption}
            for name, caption in captions.items()
        }
        blocks = {name: b for name, b in blocks.items() if b["table"].rows}
        if self.notes:
            blocks["notes"] = {"kind": "items", "items": self.notes}
        sections = [
            {"id": name, "title": name.capitalize(), "lines": [], "blocks": [block]}
            for name, block in blocks.items()
        ]
        title = "Audit" if title is None else title
        lead = {"value": None, "mark": None, "lines": [self._headline()]}
        write_page(path, title=title, lead=lead, sections=sections)

    def _clips_table(self):
        """Tabulate the clips."""
        kinds = [[] for _ in self.names]
        for finding in self.findings:
            if finding.kind not in kinds[finding.row]:
                kinds[finding.row].append(finding.kind)
        columns = (
            "duration",
            "sample_rate",
            "n_channels",
            "peak",
            "level",
            "silent",
            "clipped",
        )
        rows = [
            [name, label, *(getattr(m, column) for column in columns), ", ".join(k), ok]
            for name, label, m, k, ok in zip(
                self.names,
                self.labels or [None] * len(self.names),
                self.measures,
                kinds,
                self.usable.tolist(),
                strict=True,
            )
        ]
        return TextTable(["clip", "label", *columns, "findings", "usable"], rows)

    def _findings_table(self):
        """Tabulate the findings."""
        rows = [[f.level, f.kind, f.row, f.name, f.detail] for f in self.findings]
        return TextTable(["level", "kind", "row", "clip", "detail"], rows)

    def _balance_table(self):
        """Tabulate the number of clips by label."""
        return TextTable(["label", "clips"], [list(i) for i in self.balance.items()])

    def _by_kind(self):
        """Sort the findings by level and kind."""
        kinds = {}
        for finding in self.findings:
            kinds.setdefault((finding.level, finding.kind), []).append(finding)
        return kinds

    def __str__(self):
        parts = [self._headline()]
        for (level, kind), found in self._by_kind().items():
            rows = {f.row: f for f in found}
            words = kind.replace("_", " ")
            parts.append(f"{level}: {words}, {_count(len(rows), 'clip')}")
            parts += [printable(f"  {f.name}: {f.detail}") for f in found[:_NAMED]]
            if len(found) > _NAMED:
                more = _count(len(found) - _NAMED, "more finding")
                parts.append(f"  ... and {more}")
        if self.balance:
            counts = ", ".join(f"{label} {n}" for label, n in self.balance.items())
            parts.append(printable(f"Clips by label: {counts}"))
        return "\n".join(parts + [f"Note: {note}" for note in self.notes])

    def _headline(self):
        """Return the first line."""
        n = len(self.names)
        if not self.findings:
            return f"{_count(n, 'clip')}, nothing found."
        levels = Counter(f.level for f in self.findings)
        counts = ", ".join(
            _count(levels[level], level) for level in LEVELS if levels[level]
        )
        hit = len({f.row for f in self.findings})
        return f"{_count(n, 'clip')}: {counts}, about {_count(hit, 'clip')}."

    def __repr__(self):
        return (
            f"<AuditReport: {_count(len(self.findings), 'finding')} in "
            f"{_count(len(self.names), 'clip')}>"
        )

    def _repr_html_(self):
        tables = {name: self._table(name) for name in ("findings", "balance")}
        tables = {name: table for name, table in tables.items() if table.rows}
        notes = [f"Note: {note}" for note in self.notes]
        return notebook_box(type(self).__name__, self._headline(), notes, tables)


def _count(n, noun):
    """Return a number and its noun."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _balance(labels):
    """Count clips by label or tag, the largest first."""
    if labels is None:
        return {}
    counts = Counter()
    for label in labels:
        if label is not None:
            counts.update(label if isinstance(label, tuple) else [label])
    return dict(sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))))
