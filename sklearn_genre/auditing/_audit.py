"""The audit of a data set, before anything is trained on it."""

from collections import Counter

import numpy as np
from joblib import Parallel, delayed

from .._utils.copies import alike
from ..audio import check_span
from ..parameters import Flag, Jobs, OneOf, Real, Verbosity
from ._fingerprint import HOP, MIN_BANDS, MIN_FRAMES, RATE
from ._matching import find_matches
from ._measures import measure_audio, measure_row
from ._report import AuditReport, Finding, NearDuplicate
from ._sources import read_source

_LEVEL_OF = {
    "unreadable": "error",
    "not_finite": "error",
    "out_of_range": "error",
    "silent": "error",
    "canceled": "error",
    "conflict": "error",
    "incomplete": "warning",
    "constant": "warning",
    "partly_silent": "warning",
    "clipped": "warning",
    "short": "warning",
    "rate": "warning",
    "duplicate": "warning",
    "near_duplicate": "warning",
    "unlabeled": "warning",
    "artist_conflict": "note",
    "channels": "note",
}
_RULES = {
    "min_duration": Real(low=1e-3, none=True),
    "silence": Real(high=0),
    "max_silence": Real(low=0, high=1),
    "max_clipped": Real(low=0, high=1),
    "similarity": Real(low=0, high=1, closed="right"),
    "min_overlap": Real(low=0, high=1, closed="right"),
    "near_duplicates": Flag(),
    "fail_on": OneOf(choices=("warning", "error")),
    "n_jobs": Jobs(),
    "verbose": Verbosity(),
}


def audit(
    data,
    y=None,
    *,
    groups=None,
    sample_rate=None,
    min_duration=None,
    silence=-60.0,
    max_silence=0.5,
    max_clipped=0.001,
    near_duplicates=True,
    similarity=0.3,
    min_overlap=0.25,
    fail_on="warning",
    n_jobs=None,
    verbose=0,
):
    """Look for what is wrong with a data set: bad files, duplicates, wrong labels.

    Every clip is decoded whole, so that every fault that training would run into is
    found here. No clip stops the audit, and none is changed or left out.

    Parameters
    ----------
    data : Bunch, path of a folder, DataFrame or clips
        - what a ``load_...`` or ``make_...`` function returns;
        - a folder: all audio files in it and below; where each is in a directory, the
          topmost one is its label;
        - a DataFrame with a column "path", and optional columns "label" and "group";
        - clips as audio transformers take them: paths, (array, rate) pairs, ...;
        - an array of shape (n, n_bands, n_frames): spectrograms;
        - an array of shape (n, n_samples), with ``sample_rate``: waveforms;
        - an array of shape (n, n_features): a table, searched only for values that
          are not finite, constant rows and exact duplicates.
    y : array-like of shape (n,) or (n, n_tags) or None, default=None
        Labels, or an indicator matrix of tags. None takes those of the data set.
    groups : array-like of shape (n,) or None, default=None
        Artists. None takes those of the data set.
    sample_rate : int or None, default=None
        Rate in Hz that files should have, and that bare arrays do have. None expects
        the rate of most files.
    min_duration : float or None, default=None
        Clips shorter than this are reported; in seconds, >= 0.001. None takes half the
        median duration.
    silence : float, default=-60.0
        Level below which a stretch of 50 ms is silent, in dB of full scale, <= 0.
    max_silence : float, default=0.5
        Share of a clip, in [0, 1], that may be silent.
    max_clipped : float, default=0.001
        Share of samples, in [0, 1], that may be in runs of three or more at full
        scale.
    near_duplicates : bool, default=True
        Whether to search for different copies of one recording.
    similarity : float, default=0.3
        Minimum similarity of near duplicates, in (0, 1]; 1 is equal, 0 is chance.
    min_overlap : float, default=0.25
        Minimum length of the stretch that two near duplicates have in common, as a
        share of the shorter one, in (0, 1].
    fail_on : {"warning", "error"}, default="warning"
        Lowest level of a finding for which ``exit_status`` is 1.
    n_jobs : int or None, default=None
        Number of clips measured at the same time, in threads. Memory holds that many
        decoded clips, and about 10 kB per clip for the fingerprints.
    verbose : int, default=0
        Show a progress bar if > 0.

    Returns
    -------
    report : AuditReport
        Its ``duplicates`` go to :func:`merge_groups`, :func:`check_leakage` and
        :class:`GuardedCV`.

    Raises
    ------
    ValueError
        If a parameter is out of range, there are not clips, or there is not one label
        per clip.
    TypeError
        If ``data`` is of none of these forms.
    FileNotFoundError, NotADirectoryError
        If the folder does not exist, or is a file.

    See Also
    --------
    merge_groups : Keep duplicates on one side of every split.
    check_leakage : Check whether folds keep them on one side.

    Notes
    -----
    The kinds of findings are these. Errors: *unreadable*, *not_finite* (NaN or
    infinite samples), *out_of_range* (samples beyond 120 times full scale, such as
    integers taken as floats), *silent*, *canceled* (the channels of a stereo file
    cancel each other in the mono mix that all transformers make), *conflict*
    (duplicates with different labels).
    Warnings: *incomplete* (pages of an ogg file are missing at its start or end, or an
    mp3 ends inside a frame), *partly_silent*, *constant* (a row of equal numbers),
    *clipped*, *short*, *rate* (other than ``sample_rate``), *duplicate*,
    *near_duplicate*, *unlabeled*. Notes: *rate* (other than most files have, if
    ``sample_rate`` is None: all models resample), *channels* (number of channels other
    than most clips have), *artist_conflict* (duplicates by different artists).

    Exact duplicates have equal samples after decoding, whatever the file format.

    Near duplicates are found by the fingerprint of Haitsma and Kalker [1]_: the signs
    of energy differences between 33 neighboring bands and frames. It does not depend
    on level and survives lossy codecs (bit error rates were below 0.12 at 40 kbit/s),
    resampling and mild equalization; clips may be cut at different places. The
    similarity is 1 minus the share of differing bits over the share that would differ
    by chance, which takes into account bits that hardly change in quiet or
    band-limited clips. The default threshold is the bit error rate of 0.35 of [1]_.
    Copies played at another speed (by more than about 2 %) or pitch, live and cover
    versions, and excerpts of one song without a common stretch are not found. Songs
    that share a long sample or loop are reported, though they differ.

    Candidates come from an index of the fingerprints, so time grows little faster
    than the number of clips.

    References
    ----------
    .. [1] J. Haitsma, T. Kalker, "A highly robust audio fingerprinting system",
       Proc. ISMIR 2002.
    .. [2] B. L. Sturm, "The GTZAN dataset: its contents, its faults, their effects on
       evaluation, and its future use", arXiv:1306.1461, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import audit
    >>> from sklearn_genre.evaluation import merge_groups
    >>> rng = np.random.default_rng(0)
    >>> song, other = rng.normal(scale=0.1, size=(2, 110250))
    >>> clips = [song, other, 0.5 * song[11025:], np.zeros(110250)]
    >>> report = audit(clips, ["rock", "jazz", "metal", "jazz"], sample_rate=22050)
    >>> print(report)
    4 clips: 3 errors, 2 warnings, about 3 clips.
    error: conflict, 2 clips
      row 0: labeled 'rock', but its duplicate row 2 'metal'
      row 2: labeled 'metal', but its duplicate row 0 'rock'
    error: silent, 1 clip
      row 3: its loudest sample is at -200.0 dB
    warning: near duplicate, 2 clips
      row 0: shares 4.1 s with row 2 (similarity ...)
      row 2: shares 4.1 s with row 0 (similarity ...)
    Clips by label: jazz 2, metal 1, rock 1
    >>> merge_groups(duplicates=report.duplicates, X=clips)
    array([0, 1, 0, 2])
    """
    _check(locals())
    source = read_source(data, y, groups, sample_rate)
    measures = _measure(source, sample_rate, silence, near_duplicates, n_jobs, verbose)
    exact = _exact(measures)
    near, notes = _near(
        source, measures, exact, near_duplicates, similarity, min_overlap
    )
    limits = {
        "rate": sample_rate,
        "duration": min_duration,
        "silence": silence,
        "max_silence": max_silence,
        "clipped": max_clipped,
    }
    # every model resamples: rates that differ matter only where one is asked for
    levels = _LEVEL_OF if sample_rate is not None else _LEVEL_OF | {"rate": "note"}
    findings = [
        Finding(row, source.names[row], kind, levels[kind], detail)
        for row, kind, detail in (
            *_clip_findings(measures, limits),
            *_duplicate_findings(source, exact, near),
            *_label_findings(source, exact, near),
        )
    ]
    return AuditReport(
        source.names,
        source.labels,
        measures,
        findings,
        exact,
        near,
        notes=source.notes + notes,
        fail_on=fail_on,
    )


def _check(params):
    """Check the numbers and choices."""
    check_span(params["sample_rate"], 0.0, None)
    for name, rule in _RULES.items():
        rule.check_value(name, params[name])


def _measure(source, sample_rate, silence, fingerprint, n_jobs, verbose):
    """Measure all clips."""
    if source.kind == "audio":
        calls = (
            delayed(measure_audio)(
                clip,
                i,
                sample_rate=sample_rate,
                silence=silence,
                fingerprint=fingerprint,
            )
            for i, clip in enumerate(source.items)
        )
    else:
        calls = (
            delayed(measure_row)(row, fingerprint=fingerprint) for row in source.items
        )
    # decoding, resampling and Fourier transforms release Python's lock
    rows = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(calls)
    if verbose:
        from tqdm import tqdm

        rows = tqdm(rows, total=len(source.items), desc="audit", unit="clip")
    return list(rows)


def _exact(measures):
    """Return the sets of rows of equal samples."""
    return [tuple(rows) for rows in alike([m.digest for m in measures])]


def _near(source, measures, exact, wanted, similarity, min_overlap):
    """Find near duplicates that are not exact, and note what was not searched."""
    if not wanted or source.kind == "row":
        what = "" if wanted else ", as was asked"
        return [], [f"Near duplicates were not searched for{what}."]
    words = [m.words for m in measures]
    usable = [i for i, m in enumerate(measures) if not m.error]
    short = sum(len(words[i]) < MIN_FRAMES for i in usable)
    notes = []
    if short:
        least = (
            f"less than {MIN_BANDS} bands or {MIN_FRAMES} frames"
            if source.kind == "spectrogram"
            else "too short"
        )
        clips = "1 clip is" if short == 1 else f"{short} clips are"
        notes.append(f"{clips} {least} for near duplicates.")
    # every copy would repeat each match, so only one of each set is searched
    for rows in exact:
        for row in rows[1:]:
            words[row] = words[row][:0]
    # frames of spectrograms have no known length
    unit = HOP / RATE if source.kind == "audio" else 1
    near = [
        NearDuplicate(
            m.first, m.second, m.similarity, m.lag * unit, m.n_frames * unit, m.share
        )
        for m in find_matches(words, similarity=similarity, min_overlap=min_overlap)
    ]
    return near, notes


def _clip_findings(measures, limits):
    """Yield what is wrong with single clips, as (row, kind, detail)."""
    rate = limits["rate"] or _most_common(m.sample_rate for m in measures)
    n_channels = _most_common(m.n_channels for m in measures)
    durations = [m.duration for m in measures if m.duration is not None]
    shortest = limits["duration"]
    if shortest is None and durations:
        shortest = float(np.median(durations)) / 2
    for row, m in enumerate(measures):
        if m.error:
            yield row, m.kind, m.error
        if m.lacks:
            yield row, "incomplete", m.lacks
        if m.constant:
            yield row, "constant", "all its values are equal"
        if m.peak is not None:
            yield from ((row, *found) for found in _sound_findings(m, limits))
        if m.duration is not None and m.duration < shortest:
            yield row, "short", f"{m.duration:.2f} s, less than {shortest:.2f} s"
        if m.sample_rate is not None and m.sample_rate != rate:
            yield row, "rate", f"{m.sample_rate} Hz, not {rate} Hz"
        if m.n_channels is not None and m.n_channels != n_channels:
            yield row, "channels", f"{m.n_channels}, where most clips have {n_channels}"


def _sound_findings(m, limits):
    """Yield what is wrong with the sound of one clip, as (kind, detail)."""
    if m.silent == 1:
        yield "silent", f"its loudest sample is at {m.peak:.1f} dB"
    elif m.silent > limits["max_silence"]:
        yield "partly_silent", f"{m.silent:.0%} of it is below {limits['silence']:g} dB"
    if m.canceled:
        yield "canceled", "its channels cancel each other when they are mixed"
    if m.clipped > limits["clipped"]:
        yield "clipped", f"{m.clipped:.2%} of its samples are clipped"


def _most_common(values):
    """Return the most common value that is not None; of equals, the smallest."""
    counts = Counter(v for v in values if v is not None)
    return min(counts, key=lambda v: (-counts[v], v)) if counts else None


def _duplicate_findings(source, exact, near):
    """Yield duplicates, as (row, kind, detail)."""
    for rows in exact:
        for row in rows:
            others = ", ".join(source.names[r] for r in rows if r != row)
            yield row, "duplicate", f"equals {others}"
    unit = " s" if source.kind == "audio" else " frames"
    digits = 1 if source.kind == "audio" else 0
    for pair in near:
        for row, other in ((pair.first, pair.second), (pair.second, pair.first)):
            yield (
                row,
                "near_duplicate",
                f"shares {pair.length:.{digits}f}{unit} with {source.names[other]} "
                f"(similarity {pair.similarity:.2f})",
            )


def _label_findings(source, exact, near):
    """Yield labels that are missing, or differ among duplicates, in the same form."""
    for row, label in enumerate(source.labels or []):
        if label is None or label == "":
            yield row, "unlabeled", "it has no label"
    pairs = [(a, b) for rows in exact for a in rows for b in rows if a < b]
    pairs += [(pair.first, pair.second) for pair in near]
    for labels, kind, verb in (
        (source.labels, "conflict", "labeled"),
        (source.groups, "artist_conflict", "by"),
    ):
        for a, b in pairs if labels is not None else ():
            if None in (labels[a], labels[b]) or labels[a] == labels[b]:
                continue
            for row, other in ((a, b), (b, a)):
                yield (
                    row,
                    kind,
                    f"{verb} {labels[row]!r}, but its duplicate "
                    f"{source.names[other]} {labels[other]!r}",
                )
