"""The plan of a model file, checked before any object is built from it.

skops describes a model as a tree: each node names a loader, a class, and what goes into
it. Here the tree is built once without its arrays, and only from what is known: plain
values, estimators from their parameters, and in the place of each array one of the same
shape and dtype that takes no memory. What passes is left to skops.
"""

import dataclasses
import functools
import inspect
import json

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.tree._tree import NODE_DTYPE

from ..parameters import Declared
from ._known import FUNCTIONS, LOSSES, defaults_elsewhere, find_type, is_ufunc

_CONTAINERS = {"ListNode": list, "TupleNode": tuple, "SetNode": set}
_KEYS = (str, int, float, bool, np.generic)
_PARTIAL = "functools.partial"
_MT_WORDS = 624  # of the state of the Mersenne Twister
_SEARCH = "of a search only the best_estimator_ is kept"
_NEIGHBORS = 'neighbors are kept with algorithm="brute"'
# what may be done about types that are not kept
_HINTS = {
    "BallTree": _NEIGHBORS,
    "GridSearchCV": _SEARCH,
    "HuggingFaceEmbedding": (
        "the file would name a model to download; trusted=[HuggingFaceEmbedding] "
        "allows it"
    ),
    "KDTree": _NEIGHBORS,
    "RandomizedSearchCV": _SEARCH,
}


class Part:
    """Stands for an object that is no estimator.

    Parameters
    ----------
    kind : type
    attributes : dict
    """

    def __init__(self, kind, attributes):
        self.kind, self.attributes = kind, attributes


class Skeleton:
    """Builds the skeleton of a model; raises a ValueError that names what is wrong.

    Parameters
    ----------
    arrays : dict of str to (tuple, dtype)
        Shape and dtype of each array of the file by the name of its member.
    trusted : sequence of type
        Classes of the user's that may be built.

    Attributes
    ----------
    used : set of str
        The arrays of the model.
    types : set of str
        Its types, all of which are known.
    """

    def __init__(self, arrays, trusted=()):
        self.arrays, self.trusted = arrays, trusted
        self.used, self.types, self.known = set(), set(), {}

    def build(self, node, where="model"):
        """Return what stands for a node.

        Parameters
        ----------
        node : dict
        where : str, default="model"
            Its place in the model, for errors.
        """
        if not isinstance(node, dict) or not isinstance(node.get("__loader__"), str):
            raise ValueError(f"{where}: no description of an object")
        loader, key = node["__loader__"], node.get("__id__")
        if loader == "CachedNode":
            return self._again(key, where)
        if key in self.known:
            raise ValueError(f"{where}: the number {key} is used twice")
        method = getattr(self, f"_{loader}", None)
        if method is None or not loader.endswith("Node"):
            raise ValueError(f"{where}: {_named(node)} ({loader}) is of no known kind")
        built = method(node, where)
        if key is not None:
            self.known[key] = built
        return built

    def _again(self, key, where):
        """Return what has been built before under a number."""
        if key not in self.known:
            raise ValueError(f"{where}: there is no object number {key}")
        return self.known[key]

    def _type(self, node, where, *bases):
        """Return the known class of a node, which derives from one of the bases."""
        module, name = node.get("__module__"), node.get("__class__")
        known = isinstance(module, str) and isinstance(name, str)
        kind = find_type(module, name, self.trusted) if known else None
        fits = not bases or (isinstance(kind, type) and issubclass(kind, bases))
        if kind is None or not fits:
            raise ValueError(f"{where}: {_named(node)} is not among the known types")
        self.types.add(_named(node))
        return kind

    # -- values -----------------------------------------------------------------------
    def _JsonNode(self, node, where):
        return json.loads(node["content"])

    def _SetNode(self, node, where):
        return self._sequence(node, where)

    def _ListNode(self, node, where):
        return self._sequence(node, where)

    def _TupleNode(self, node, where):
        return self._sequence(node, where)

    def _sequence(self, node, where):
        wanted = _CONTAINERS[node["__loader__"]]
        if self._type(node, where) is not wanted:
            raise ValueError(f"{where}: {_named(node)} is no {wanted.__name__}")
        return wanted(self._items(node["content"], where))

    def _items(self, nodes, where):
        return [self.build(one, f"{where}[{k}]") for k, one in enumerate(nodes)]

    def _DictNode(self, node, where):
        self._type(node, where, dict)
        types = self.build(node["key_types"], where)
        if not all(isinstance(t, type) and issubclass(t, _KEYS) for t in types):
            raise ValueError(f"{where}: keys that are neither text nor numbers")
        if len(types) != len(node["content"]):
            raise ValueError(f"{where}: there are not as many keys as values")
        content = node["content"].items()
        values = [self.build(one, f"{where}.{key}") for key, one in content]
        keys = [kind(key) for kind, key in zip(types, node["content"], strict=True)]
        return dict(zip(keys, values, strict=True))

    def _SliceNode(self, node, where):
        ends = [node["content"][name] for name in ("start", "stop", "step")]
        if not all(end is None or type(end) is int for end in ends):
            raise ValueError(f"{where}: a slice of other things than integers")
        return slice(*ends)

    # -- arrays -----------------------------------------------------------------------
    def _NdArrayNode(self, node, where):
        kind = self._type(node, where, np.ndarray, np.generic)
        if node["type"] == "json":
            return self._objects(node, where)
        shape, dtype = self._array(node["file"], where)
        array = np.broadcast_to(np.zeros((), dtype), shape)
        return array if kind is np.ndarray else array[()]

    def _array(self, name, where):
        if name not in self.arrays:
            raise ValueError(f"{where}: the file has no array {name!r}")
        self.used.add(name)
        return self.arrays[name]

    def _objects(self, node, where):
        items, shape = self._items(node["content"], where), node["shape"]
        shape = self.build(shape, where)
        # the items of an array with more axes are nested lists
        if not items or shape != (len(items),):
            return np.array(items, dtype=object)
        array = np.empty(len(items), dtype=object)
        array[:] = items
        return array

    def _DTypeNode(self, node, where):
        self.types.add("numpy.dtype")
        return self.build(node["content"], where).dtype

    # -- names ------------------------------------------------------------------------
    def _TypeNode(self, node, where):
        return self._type(node, where)

    def _FunctionNode(self, node, where):
        module, name = node["__module__"], node["__class__"]
        if is_ufunc(module, name):
            return getattr(np, name)
        if name not in FUNCTIONS.get(module, ()):
            raise ValueError(f"{where}: the function {_named(node)} is not known")
        return self._type(node, where)

    def _PartialNode(self, node, where):
        content = node["content"]
        if not str(content["func"].get("__module__")).startswith("sklearn_genre."):
            raise ValueError(f"{where}: {_named(content['func'])} is no known function")
        function = self._FunctionNode(content["func"], where)
        args = self.build(content["args"], where)
        keywords = self.build(content["kwds"], where)
        if self.build(content["namespace"], where) or _named(node) != _PARTIAL:
            raise ValueError(f"{where}: {_named(node)} is of no known kind")
        self.types.add(_PARTIAL)
        return functools.partial(function, *args, **keywords)

    # -- generators -------------------------------------------------------------------
    def _RandomStateNode(self, node, where):
        self._type(node, where, np.random.RandomState)
        state = self.build(node["content"], where)
        words = state["state"]
        fits = state["bit_generator"] == "MT19937" and type(words["pos"]) is int
        fits = fits and 0 <= words["pos"] <= _MT_WORDS
        if not (fits and words["key"].shape == (_MT_WORDS,)):
            raise ValueError(f"{where}: no state of a RandomState")
        return np.random.RandomState()

    def _RandomGeneratorNode(self, node, where):
        self._type(node, where, np.random.Generator)
        state = self.build(node["content"]["bit_generator"], where)
        self.build(node["content"]["seed_seq"], where)
        if state["bit_generator"] != "PCG64":
            raise ValueError(f"{where}: no state of a Generator over PCG64")
        return np.random.default_rng()

    # -- compiled parts of scikit-learn -----------------------------------------------
    def _TreeNode(self, node, where):
        if _named(node) != "sklearn.tree._tree.Tree":
            raise ValueError(f"{where}: {_named(node)} is no tree")
        state, (n_features, n_classes, n_outputs) = self._reduced(node, where)
        counts = n_features, n_outputs, state["max_depth"], state["node_count"]
        n_nodes = state["nodes"].shape[:1]
        if not (
            # the tree reads these before it checks them
            all(type(n) is int for n in counts)
            and (n_classes.shape, n_classes.dtype) == ((n_outputs,), np.intp)
            and (state["nodes"].ndim, state["nodes"].dtype) == (1, NODE_DTYPE)
            and (state["values"].ndim, state["values"].dtype) == (3, np.float64)
            and state["values"].shape[:2] == (*n_nodes, n_outputs)
        ):
            raise ValueError(f"{where}: the arrays of a tree do not fit together")
        return Part(self._type(node, where), state)

    def _LossNode(self, node, where):
        if node["__class__"] not in LOSSES.get(node["__module__"], ()):
            raise ValueError(f"{where}: {_named(node)} is no known loss")
        state, _ = self._reduced(node, where)
        return Part(self._type(node, where), {"state": state})

    def _reduced(self, node, where):
        """Return state and arguments, in the order in which skops reads them."""
        state = self.build(node["content"], where)
        return state, self.build(node["__reduce__"]["args"], where)

    # -- objects ----------------------------------------------------------------------
    def _ObjectNode(self, node, where):
        name = node.get("__class__")
        if name in _HINTS and name not in (kind.__name__ for kind in self.trusted):
            raise ValueError(f"{where}: {_HINTS[name]}")
        kind = self._type(node, where)
        content = node.get("content")
        # an object without attributes has None
        attributes = {} if content is None else self.build(content, where) or {}
        if not isinstance(attributes, dict) or not all(
            isinstance(name, str) and name.isidentifier() for name in attributes
        ):
            raise ValueError(f"{where}: {_named(node)} is of no known kind")
        if issubclass(kind, Declared | BaseEstimator):
            return _estimator(kind, attributes, where)
        if dataclasses.is_dataclass(kind):
            return kind(**attributes)
        return Part(kind, attributes)


def _named(node):
    """Return module and name of a node's class, for an error."""
    return f"{node.get('__module__')}.{node.get('__class__')}"[:200]


def _estimator(kind, attributes, where):
    """Return an unfitted estimator; check its parameters and what it has learned."""
    for name, default in defaults_elsewhere(kind).items():
        if name in attributes and not _same(attributes[name], default):
            raise ValueError(f"{where}: a file does not set {name}")
    for name in attributes:
        if inspect.isfunction(inspect.getattr_static(kind, name, None)):
            raise ValueError(f"{where}: a value takes the place of {name}()")
    known = inspect.signature(kind).parameters
    estimator = kind(**{k: v for k, v in attributes.items() if k in known})
    learned = {k: v for k, v in attributes.items() if k not in known}
    try:
        if isinstance(estimator, Declared):
            estimator.check_params()
        if hasattr(estimator, "_check_saved"):
            estimator._check_saved(learned)
    except Exception as error:  # whatever a network makes of odd values
        raise ValueError(f"{where}: {error}") from error
    return estimator


def _same(value, default):
    """Return whether a plain value is a default."""
    return value is default or (type(value) is type(default) and value == default)
