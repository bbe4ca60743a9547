"""The package as a whole: import, names, version, docstrings, its own files."""

import importlib
import inspect
import pkgutil
import re
import tomllib
from dataclasses import fields, is_dataclass
from importlib import metadata
from pathlib import Path

import pytest
from helpers import BASES, CODES, in_fresh_python
from numpydoc.docscrape import ClassDoc
from numpydoc.validate import validate
from sklearn.base import BaseEstimator

import sklearn_genre
from sklearn_genre.parameters import Rule
from tools import lowest

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


def test_recipes_without_a_network_do_without_torch():
    code = (
        "import sys; from sklearn_genre import recipes; "
        "r = recipes; [make() for make in (r.fast, r.knn, r.gmm, r.tree, r.nmf, "
        "r.pun_bayes, r.pun_svm, r.pun_logistic)]; print(*sys.modules)"
    )
    assert "torch" not in in_fresh_python(code).split()


def rooms():
    """The public folders and files at the top of the package, by name."""
    names = [found.name for found in pkgutil.iter_modules(sklearn_genre.__path__)]
    return {
        name: importlib.import_module(f"sklearn_genre.{name}")
        for name in names
        if not name.startswith("_")
    }


def flat_names():
    """The public names at the top, without the rooms that are among them."""
    return [name for name in sklearn_genre.__all__ if name not in rooms()]


def test_every_name_loads():
    assert sorted(sklearn_genre.__all__) == sorted(set(sklearn_genre.__all__))
    assert set(sklearn_genre.__all__) <= set(dir(sklearn_genre))
    for name in flat_names():
        thing = getattr(sklearn_genre, name)
        assert thing.__name__ == name
        assert thing.__module__.startswith("sklearn_genre.")


def test_rooms_load_on_first_use():
    """``import sklearn_genre`` is enough for all of them but the command."""
    named = {name for name in sklearn_genre.__all__ if name in rooms()}
    assert named == rooms().keys() - {"cli"}
    code = "import sklearn_genre as s; print(s.evaluation.compare.__name__)"
    assert in_fresh_python(code).strip() == "compare"


def test_unknown_name():
    with pytest.raises(AttributeError, match="No sklearn_genre attribute Polka"):
        _ = sklearn_genre.Polka


@pytest.mark.parametrize("name", sorted(rooms()))
def test_every_name_of_a_room_exists(name):
    door = rooms()[name]
    assert door.__doc__
    for offered in door.__all__:
        thing = getattr(door, offered)
        flat = getattr(sklearn_genre, offered, thing)
        # a room may have the name of a recipe
        same = flat is thing or inspect.ismodule(flat)
        assert same, "the same name means the same thing at the top"


def test_what_goes_into_a_pipeline_is_at_the_top():
    """And so are all loaders of data; everything else is offered by its room."""
    missing = set()
    for door in rooms().values():
        for name in set(door.__all__) - BASES - set(sklearn_genre.__all__):
            thing = getattr(door, name)
            if inspect.isclass(thing) and issubclass(thing, BaseEstimator):
                missing.add(name)
            if name.startswith(("load_", "make_")) and door is sklearn_genre.datasets:
                missing.add(name)
    assert not missing


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", sklearn_genre.__version__)
    assert metadata.version("sklearn-genre") == sklearn_genre.__version__
    changelog = ROOT / "CHANGELOG.md"
    if changelog.exists():
        assert f"## [{sklearn_genre.__version__}]" in changelog.read_text("utf-8")


def public_things():
    """Import path of each public function and class of each room, and the thing."""
    for room, door in rooms().items():
        for name in door.__all__:
            thing = getattr(door, name)
            known = inspect.isclass(thing) or inspect.isroutine(thing)
            if known and thing.__module__.startswith("sklearn_genre."):
                yield f"sklearn_genre.{room}.{name}", thing


# `Rule` documents what all rules share, and the door of the room has the examples
RULE_CODES = {"EX01", "GL08", "PR01", "RT01"}


def is_rule(thing):
    return inspect.isclass(thing) and issubclass(thing, Rule) and thing is not Rule


def public_objects():
    """Import paths of all public names and of the public methods of the classes."""
    for path, thing in public_things():
        excused = {"EX01"} if thing.__name__ in {*BASES, "main"} else set()
        # what makes a record knows its fields: they are documented as attributes
        excused |= {"PR01"} if is_dataclass(thing) else set()
        excused |= RULE_CODES if is_rule(thing) else set()
        yield path, CODES - excused
        if not inspect.isclass(thing):
            continue
        for method, code in inspect.getmembers(thing, inspect.isfunction):
            own = code.__module__.startswith("sklearn_genre.")
            if own and not method.startswith("_"):
                # an example is with the class
                yield f"{path}.{method}", CODES - excused - {"EX01"}


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


def test_fields_of_records_are_documented():
    records = [thing for _, thing in public_things() if is_dataclass(thing)]
    assert records
    for record in records:
        doc = ClassDoc(record)
        known = {
            p.name for section in ("Parameters", "Attributes") for p in doc[section]
        }
        known = {name for names in known for name in names.split(", ")}
        assert {f.name for f in fields(record)} <= known, record


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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = lowest.requirements(project, project["optional-dependencies"])
    wanted = {re.match(r"[\w.-]+", r)[0].lower() for r in needed}
    assert {"torch", "codespell", "h5py"} <= wanted
    assert wanted <= names
