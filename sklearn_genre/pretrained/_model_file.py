"""The file of a whole fitted model: a plan, arrays, versions and a card.

It is a file of skops with two members more, whose plan is made neutral when it is
written (`_plan`) and checked before anything is built (`_skeleton`).
"""

import importlib.metadata
import io
import json
import os
import re
import warnings
import zipfile

from sklearn.exceptions import InconsistentVersionWarning

from .. import __version__
from .._utils.archive import array_header, check_members
from .._utils.files import open_file
from ._compiled import check_compiled
from ._plan import Plan
from ._skeleton import Skeleton

FORMAT = 1  # increase it with every change that older versions cannot read
_PLAN, _ABOUT, _CARD = "schema.json", "about.json", "card.md"
_OLDEST_PROTOCOL = 2  # of skops; what it reads of older files is checked less
# libraries whose change may change predictions
_LIBRARIES = ("librosa", "numpy", "scikit-learn", "scipy", "soxr", "torch")
_VERSION = re.compile(r"[\w.+!-]{1,50}", re.ASCII)
_WHEN = (1980, 1, 1, 0, 0, 0)  # so that one model always gives the same file


# -- writing --------------------------------------------------------------------------
def to_bytes(model, card, trusted=()):
    """Return a fitted model as the bytes of a file, and what was left out of it.

    Parameters
    ----------
    model : estimator
    card : str
    trusted : sequence of type

    Returns
    -------
    content : bytes
    dropped : list of str
        Places of callbacks and parameters of nets.

    Raises
    ------
    ValueError
        If a part of it cannot be kept; the error names it.
    """
    from skops.io import dumps

    with zipfile.ZipFile(io.BytesIO(dumps(model))) as source:
        schema = json.loads(source.read(_PLAN))
        plan = Plan(schema, trusted)
        members = {new: source.read(old) for old, new in plan.arrays.items()}
    head = {key: schema[key] for key in ("protocol", "_skops_version")}
    members[_PLAN] = _json(plan.root | head)
    members[_ABOUT] = _json({"format": FORMAT, "versions": versions()})
    members[_CARD] = card.encode()
    content = _zipped(members)
    from_bytes(content, trusted)
    return content, plan.dropped


def _json(value):
    return json.dumps(value, separators=(",", ":")).encode()


def _zipped(members):
    """Return the bytes of an uncompressed zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), content)
    return buffer.getvalue()


def versions():
    """Return the versions of this package and of what computes in it."""
    found = {"sklearn_genre": __version__}
    return found | {name: importlib.metadata.version(name) for name in _LIBRARIES}


# -- reading --------------------------------------------------------------------------
def from_bytes(content, trusted=()):
    """Return the model of a file.

    Parameters
    ----------
    content : bytes
    trusted : sequence of type

    Returns
    -------
    model : estimator
    about : dict

    Raises
    ------
    Exception
        Of any kind, if there is anything odd about it.
    """
    from skops.io import loads

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = check_members(archive, len(content))
        about = _about(archive, members)
        plan = json.loads(archive.read(_PLAN))
        skeleton = _checked(archive, members, plan, trusted)
    with warnings.catch_warnings():
        # one warning about all versions is enough
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        warnings.filterwarnings("ignore", ".* was saved by sklearn_genre")
        model = loads(content, trusted=sorted(skeleton.types))
    check_compiled(model)
    return model, about


def _about(archive, members):
    """Return what the file says about itself, if this version can read it."""
    if _ABOUT not in members or _PLAN not in members:
        raise ValueError("save_model did not write it")
    about = json.loads(archive.read(_ABOUT))
    if about["format"] != FORMAT:
        raise ValueError(
            f"its format is {about['format']}, and this version of sklearn_genre reads "
            f"format {FORMAT}"
        )
    # they are shown to the user
    if not all(_VERSION.fullmatch(version) for version in about["versions"].values()):
        raise ValueError("its versions are none")
    return about


def _checked(archive, members, plan, trusted):
    """Return the skeleton of the model, whose arrays are exactly those of the file."""
    protocol = plan["protocol"]
    if type(protocol) is not int or protocol < _OLDEST_PROTOCOL:
        raise ValueError(f"its protocol is {protocol}")
    arrays = {
        name: array_header(archive, info)
        for name, info in members.items()
        if name.endswith(".npy")
    }
    skeleton = Skeleton(arrays, trusted)
    model = skeleton.build(plan)
    if not hasattr(model, "get_params"):
        raise ValueError(f"it holds no model, but {type(model).__name__}")
    more = set(members) - skeleton.used - {_PLAN, _ABOUT, _CARD}
    if more:
        raise ValueError(f"it holds {min(more)}, which is no part of the model")
    return skeleton


def read_file(path):
    """Return the content of a file."""
    with open_file(path) as file:
        return file.read()


def head_of(path):
    """Return what a file says about itself, and its card; see `model_card`."""
    with open_file(path) as file, zipfile.ZipFile(file) as archive:
        members = check_members(archive, os.fstat(file.fileno()).st_size)
        about = _about(archive, members)
        return about, archive.read(members[_CARD]).decode()


def drift(about):
    """Return what has another version now, in words; "" if nothing has.

    Only the first two numbers of a version count: others repair.
    """
    now, then = versions(), about["versions"]
    return ", ".join(
        f"{name} {then[name]} (now {now[name]})"
        for name in now
        if name in then and _minor(then[name]) != _minor(now[name])
    )


def _minor(version):
    return version.split("+")[0].split(".")[:2]
