"""``sklearn-genre audit``: look for what is wrong with a folder of songs."""

from ._parser import add_n_jobs
from ._scores import add_report, check_page
from ._terminal import on_terminal


def add_audit(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        "audit",
        help="look for bad files, duplicates and wrong labels",
        description="Look for what is wrong with a folder of songs. The exit status "
        "is 1 if something is.",
        examples=(
            "audit music",
            "audit music --all --fail-on error",
            "audit music --csv > findings.csv",
        ),
    )
    parser.add_argument(
        "folder", metavar="FOLDER", help="its directories, if any, are the genres"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--all", action="store_true", help="name every finding (default: five a kind)"
    )
    form.add_argument(
        "--csv", action="store_true", help="write the findings as a table"
    )
    form.add_argument("--json", action="store_true", help="write them as JSON")
    add_report(parser, "tables of findings and of all songs")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing report"
    )
    parser.add_argument(
        "--fail-on",
        choices=["warning", "error"],
        default="warning",
        help="lowest level of a finding for status 1 (default: warning)",
    )
    parser.add_argument(
        "--no-near-duplicates",
        action="store_true",
        help="look for exact duplicates only",
    )
    add_n_jobs(parser)
    parser.set_defaults(run=_audit)


def _audit(args):
    """Run ``audit``."""
    from .. import audit

    check_page(args, args.overwrite)
    report = audit(
        args.folder,
        near_duplicates=not args.no_near_duplicates,
        fail_on=args.fail_on,
        n_jobs=args.n_jobs,
        verbose=int(on_terminal()),
    )
    print(_text(report, args), end="")
    if args.report is not None:
        report.to_html(args.report)
    return report.exit_status


def _text(report, args):
    """Return the report in the form that was asked for."""
    if args.csv:
        return report.to_csv(what="findings")
    if args.json:
        return report.to_json(what="findings")
    if args.all and report.findings:
        return f"{report}\n\n{report.to_text(what='findings')}\n"
    return f"{report}\n"
