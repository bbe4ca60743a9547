"""``sklearn-genre audit``: look for what is wrong with a folder of songs."""

from ._parser import add_n_jobs


def add_audit(commands):
    parser = commands.add_parser(
        "audit",
        help="look for bad files, duplicates and wrong labels",
        description="Look for what is wrong with a folder of songs. The exit status "
        "is 1 if something is.",
    )
    parser.add_argument(
        "folder", metavar="FOLDER", help="its directories, if any, are the genres"
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

    report = audit(
        args.folder,
        near_duplicates=not args.no_near_duplicates,
        fail_on=args.fail_on,
        n_jobs=args.n_jobs,
    )
    print(report)
    return report.exit_status
