"""The package as a whole: import, names, version, docstrings, its own files."""

import importlib
import inspect
import pkgutil
import re
from importlib import metadata
from pathlib import Path

import pytest
from helpers import CODES, in_fresh_python
from numpydoc.validate import validate
from sklearn.base import BaseEstimator

import sklearn_genre

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "librosa", "matplotlib", "sklearn", "skorch", "scipy", "numpy")


def test_import_is_light():
    loaded = in_fresh_python(
        "import sys, sklearn_genre; dir(sklearn_genre); print(*sys.modules)"
    ).split()
    assert "sklearn_genre" in loaded
    assert not set(HEAVY) & set(loaded)


def test_import_takes_less_than_100_ms():
    # time of the processor: that of the clock would be the machine's other work, too
    code = (
        "import time; t = time.process_time(); import sklearn_genre; "
        "print(time.process_time() - t)"
    )
    assert min(float(in_fresh_python(code)) for _ in range(3)) < 0.1


@pytest.mark.parametrize("name", ["datasets", "features", "slicing", "audio"])
def test_modules_do_without_torch_and_librosa_until_used(name):
    code = f"import sys, sklearn_genre.{name}; print(*sys.modules)"
    loaded = set(in_fresh_python(code).split())
    assert not {"torch", "librosa", "matplotlib", "skorch"} & loaded


def test_every_name_loads():
    assert sklearn_genre.__all__ == sorted(set(sklearn_genre.__all__))
    assert set(sklearn_genre.__all__) <= set(dir(sklearn_genre))
    for name in sklearn_genre.__all__:
        thing = getattr(sklearn_genre, name)
        assert thing.__name__ == name
        assert thing.__module__.startswith("sklearn_genre.")


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'Polka'"):
        _ = sklearn_genre.Polka


def test_all_lists_every_public_estimator():
    """Whatever a module offers as an estimator is offered at the top, too."""
    missing = set()
    for package in pkgutil.iter_modules(sklearn_genre.__path__):
        if package.name.startswith("_"):
            continue
        home = importlib.import_module(f"sklearn_genre.{package.name}")
        offered = getattr(home, "__all__", ())
        for name, thing in inspect.getmembers(home, inspect.isclass):
            if name in offered and issubclass(thing, BaseEstimator):
                missing |= {name} - set(sklearn_genre.__all__)
    assert not missing


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", sklearn_genre.__version__)
    assert metadata.version("sklearn-genre") == sklearn_genre.__version__
    changelog = ROOT / "CHANGELOG.md"
    if changelog.exists():
        assert f"## [{sklearn_genre.__version__}]" in changelog.read_text("utf-8")


# numpydoc's codes for what a user misses: no docstring, no summary, parameters that
# are not documented, unknown, in the wrong order or without type; a section that is
# misspelt or misplaced; no Returns, no Examples; a See Also without description
# bases that do nothing by themselves: the examples stand with what derives from them
BASES = {"NeuralClassifier", "NeuralEstimator"}


def public_objects():
    """Import paths of all public names and of the public methods of the classes."""
    for name in sklearn_genre.__all__:
        thing = getattr(sklearn_genre, name)
        yield f"sklearn_genre.{name}", CODES - ({"EX01"} if name in BASES else set())
        if not inspect.isclass(thing):
            continue
        for method, code in inspect.getmembers(thing, inspect.isfunction):
            own = code.__module__.startswith("sklearn_genre.")
            if own and not method.startswith("_"):
                # an example stands with the class
                yield (
                    f"sklearn_genre.{name}.{method}",
                    CODES - {"EX01"},
                )


def is_kwargs(message):
    """True for a complaint about ``**training`` and the like: documented as such."""
    return bool(re.search(r"\{'\*\*\w+'\}", message))


def complaints(path, codes):
    """What numpydoc finds amiss."""
    found = validate(path)["errors"]
    return [
        f"{path}: {code} {text}"
        for code, text in found
        if code in codes and not is_kwargs(text)
    ]


def test_docstrings():
    found = [c for path, codes in public_objects() for c in complaints(path, codes)]
    assert not found, "\n".join(found)


def test_docstring_check_notices():
    """The check above would see a parameter without documentation."""
    assert any(
        "PR01" in text
        for text in complaints("sklearn_genre._utils.files.is_junk", CODES)
    )


def test_the_ci_script_runs_the_commands_of_the_readme():
    script, readme = ROOT / ".ci" / "run", ROOT / "README.md"
    if not script.exists():
        pytest.skip("a source distribution has no .ci folder")
    commands = re.findall(r"^python3 -m venv .*$", readme.read_text("utf-8"), re.M)
    assert len(commands) == 2
    assert commands[1].endswith("python -m pytest -q -n 2")
    assert commands[1] in script.read_text("utf-8").splitlines()


def test_constraints_pin_everything_exactly():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert "torch==2.13.0" in pins
    names = {re.sub(r"[-_.]+", "-", pin.split("==")[0]).lower() for pin in pins}
    needed = metadata.requires("sklearn-genre")
    wanted = {re.match(r"[\w.-]+", r)[0].lower() for r in needed} - {"sklearn-genre"}
    assert wanted <= names
