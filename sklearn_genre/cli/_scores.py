"""What is printed of a report, and its page."""

from pathlib import Path

from ._places import check_place

_WIDE = 0.2  # an interval that says little: 10 points to each side


def add_report(parser, what="the confusions and the worst errors to look at and hear"):
    """Add the option of the page."""
    parser.add_argument(
        "--report",
        metavar="PAGE.html",
        help=f"write the report as a page of HTML, with {what}",
    )


def score_lines(report):
    """Return the lines that say how good a model is.

    Parameters
    ----------
    report : GenreReport or TagReport
    """
    lines = [report.summary(), *report.leakage.summary(), *report.notes]
    if hasattr(report, "class_names"):
        return lines + _genre_lines(report)
    return [*lines, "", report.to_text(what="tags")]


def _genre_lines(report):
    """Return chance, the table of genres and what is confused most."""
    chance = report.chance["accuracy"]
    pairs = [f"{a} and {b} {n}" for a, b, n, _ in report.most_confused(3)]
    low, high = report.intervals["accuracy"]
    lines = [f"By chance, always the most frequent genre: {chance:.3f}."]
    if high - low > _WIDE:
        lines.append(
            f"{len(report.y_true)} songs are few: on others of this kind the score may "
            f"well lie anywhere from {low:.2f} to {high:.2f}."
        )
    lines += ["", report.to_text(what="classes")]
    return lines + ["", f"Most confused: {', '.join(pairs)}."] * bool(pairs)


def write_page(report, args, songs, over_time=None):
    """Write the page, if it is asked for."""
    if args.report is not None:
        report.to_html(args.report, clips=songs.paths, over_time=over_time)
        print(f"report: {args.report}")


def check_page(args, overwrite=False):
    """Raise before all else if the page could not be written."""
    if args.report is None:
        return
    check_place(Path(args.report), "--report", overwrite)
