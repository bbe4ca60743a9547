"""Run the quick tests with the lowest versions that pyproject.toml allows.

    python -m tools.lowest [--venv DIR] [--torch VERSION] [PYTEST ARGUMENT ...]

A fresh environment gets every direct dependency of the package and of its tests at its
lower bound, and their own dependencies at the newest versions. torch is the exception:
the wheels of old versions bring gigabytes of CUDA, so the version pinned in
constraints.txt is used unless ``--torch`` says otherwise.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "sklearn-genre"
QUICK = ("-q", "-m", "not slow")


def requirements(project, extras):
    """Return the requirements of a project and of some of its extras, each once.

    Parameters
    ----------
    project : dict
        The table ``project`` of pyproject.toml.
    extras : sequence of str

    Returns
    -------
    requirements : list of str
    """
    found = list(project["dependencies"])
    for extra in extras:
        for requirement in project["optional-dependencies"][extra]:
            inner = re.fullmatch(rf"{PACKAGE}\[(.*)\]", requirement)
            found += (
                requirements(project, inner[1].split(",")) if inner else [requirement]
            )
    return list(dict.fromkeys(found))


def lowest(requirement):
    """Return a requirement with its lower bound as the version.

    >>> lowest("optuna-integration[sklearn]>=4.1")
    'optuna-integration[sklearn]==4.1'

    Raises
    ------
    ValueError
        If the requirement is not of the form ``name>=version``.
    """
    found = re.fullmatch(r"([\w.-]+(?:\[[\w,-]+\])?)>=([\w.]+)", requirement)
    if found is None:
        raise ValueError(
            f"{requirement!r} has no lower bound of the form name>=version"
        )
    return f"{found[1]}=={found[2]}"


def pinned(name):
    """Return the line of constraints.txt that pins a package."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


def install(folder, torch):
    """Make the environment; return its interpreter."""
    venv.create(folder, with_pip=True, clear=True)
    python = folder / "bin" / "python"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pins = [lowest(r) for r in requirements(project, ["test"])]
    pins = [pin for pin in pins if not pin.startswith("torch==")]
    pip = [python, "-m", "pip", "install", "-q"]
    subprocess.run([*pip, torch], check=True)
    subprocess.run([*pip, torch, *pins], check=True)
    subprocess.run([*pip, "--no-deps", "-e", ROOT], check=True)
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, help="where to make it, else a temporary")
    parser.add_argument("--torch", metavar="VERSION", help="else the pinned version")
    options, rest = parser.parse_known_args()
    torch = f"torch=={options.torch}" if options.torch else pinned("torch")
    with tempfile.TemporaryDirectory() as temporary:
        python = install(options.venv or Path(temporary), torch)
        subprocess.run([python, "-m", "pip", "list"], check=True)
        tests = [python, "-m", "pytest", *QUICK, *rest]
        sys.exit(subprocess.run(tests, cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
