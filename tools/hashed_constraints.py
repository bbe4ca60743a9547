"""Write ``constraints-hashed.txt``: the versions of ``constraints.txt`` with hashes.

    python tools/hashed_constraints.py

The hashes are those of the archives that pip chooses here, on this platform and with
this Python, and of the torch of the index in use: run it where you install.
"""

import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """\
# constraints.txt with the hashes of {n} archives for {system},
# {python}, and torch {torch}. Made by python tools/hashed_constraints.py; run it again
# for another platform, Python or build of torch.
#     pip install --require-hashes -r constraints-hashed.txt
#     pip install --no-deps --no-build-isolation .
"""


def chosen():
    """Return what pip would install: a list of (name, version, SHA-256)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        what = ["--dry-run", "--ignore-installed", "--no-deps", "--quiet"]
        what += ["-r", str(ROOT / "constraints.txt"), "--report", str(report)]
        subprocess.run([sys.executable, "-m", "pip", "install", *what], check=True)
        return rows(json.loads(report.read_text()))


def rows(report):
    """Return name, version and SHA-256 of each package in a report of pip."""
    found = []
    for one in report["install"]:
        about, archive = one["metadata"], one["download_info"]["archive_info"]
        found.append((about["name"], about["version"], archive["hashes"]["sha256"]))
    return sorted(found, key=lambda row: row[0].lower())


def text(found):
    """Return the file."""
    versions = {name: version for name, version, _ in found}
    build = versions["torch"].partition("+")[2] or "of the package index"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.machine()}"
    head = HEAD.format(n=len(found), system=system, python=python, torch=build)
    lines = (
        f"{name}=={version.partition('+')[0]} --hash=sha256:{digest}\n"
        for name, version, digest in found
    )
    return head + "".join(lines)


if __name__ == "__main__":
    (ROOT / "constraints-hashed.txt").write_text(text(chosen()))
