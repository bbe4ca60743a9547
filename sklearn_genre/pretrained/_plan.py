"""The plan of a model file as it is written: that of skops, smaller and neutral.

skops describes every value by itself and every object as often as it occurs. Here plain
values become one piece of JSON, an object that occurs again is referred to, and what
belongs to the one who saves (devices, folders, callbacks) gets its default.
"""

import functools
import json
from collections import Counter

from ._known import defaults_elsewhere, find_type

# an object of another kind is equal wherever it occurs, or cannot occur twice
_SHARED = ("DictNode", "ListNode", "NdArrayNode", "ObjectNode", "RandomStateNode")
_PLAIN_LISTS = ("ListNode", "list")
_PLAIN_DICTS = ("DictNode", "dict")
# parameters of the skorch net that are kept, and others that change its training only
_KEPT = "optimizer__"
_OF_TRAINING = ("callbacks", "iterator", "optimizer", "print_log", "train_split")
# the parts of the saved net that a file does not set, by their place
_NET = {
    "_spec.device": "cpu",
    "_spec.training.compile": False,
    "_spec.training.verbose": 0,
    "_net_state.optimizer": {},
}


def json_node(value):
    """Return the node of a plain value."""
    return {
        "__class__": "str",
        "__module__": "builtins",
        "__loader__": "JsonNode",
        "content": json.dumps(value),
        "is_json": True,
    }


class Plan:
    """Makes a plan of what skops wrote.

    Parameters
    ----------
    node : dict
        The root.
    trusted : sequence of type
        Classes of the user's.

    Attributes
    ----------
    root : dict
    arrays : dict of str to str
        Name in the new file by the name that skops gave.
    dropped : list of str
        Places of callbacks and parameters of nets that are not kept.
    """

    def __init__(self, node, trusted=()):
        self.trusted, self.dropped, self.arrays = trusted, [], {}
        node = self._neutral(node, type_of(node))
        self._times = Counter(_numbers(node))
        self._seen = {}
        self.root = self._node(node)

    # -- what belongs to the one who saves --------------------------------------------
    def _neutral(self, node, where):
        """Return a node in which what no file sets has its default."""
        if isinstance(node, list):
            return [self._neutral(one, f"{where}[{k}]") for k, one in enumerate(node)]
        if not isinstance(node, dict):
            return node
        if node.get("__loader__") == "ObjectNode":
            node = self._reset(node, where)
        inside = {} if node.get("__loader__") != "DictNode" else node["content"]
        return {
            key: {k: self._neutral(one, f"{where}.{k}") for k, one in inside.items()}
            if key == "content" and inside
            else self._neutral(value, where)
            for key, value in node.items()
        }

    def _reset(self, node, where):
        """Return the node of an object with defaults for what no file sets."""
        kind = find_type(node["__module__"], node["__class__"], self.trusted)
        defaults = defaults_elsewhere(kind)
        content = (node.get("content") or {}).get("content")
        if not isinstance(content, dict) or not defaults:
            return node
        attributes = dict(content)
        for name in defaults.keys() & attributes.keys():
            if name == "callbacks" and not _is_nothing(attributes[name]):
                self._drop(f"{where}.{name}")
            attributes[name] = json_node(defaults[name])
        self._reset_net(attributes, where)
        return node | {"content": node["content"] | {"content": attributes}}

    def _reset_net(self, attributes, where):
        """Do the same for the parameters and the state of a net."""
        if "net_params" in attributes:
            place = f"{where}.net_params"
            attributes["net_params"] = self._few(attributes["net_params"], place)
        if "_net_state" not in attributes:
            return
        for place, value in _NET.items():
            _put(
                attributes, place.split("."), lambda old, value=value: json_node(value)
            )
        few = functools.partial(self._few, where=f"{where}.net_params")
        _put(attributes, ["_spec", "net_params"], few)

    def _few(self, node, where):
        """Return those of a net's parameters that are kept."""
        if node["__loader__"] != "DictNode":
            return json_node(None)
        others = [key for key in node["content"] if not key.startswith(_KEPT)]
        for key in others:
            if not key.startswith(_OF_TRAINING):
                raise ValueError(f"{where}: {key} changes the net")
            self._drop(f"{where}[{key!r}]")
        return _without(node, others)

    def _drop(self, place):
        """Note what is left out."""
        if place not in self.dropped:
            self.dropped.append(place)

    # -- smaller ----------------------------------------------------------------------
    def _node(self, node):
        """Return a node of the plan."""
        loader, number = node["__loader__"], node.get("__id__")
        if self._times[number] > 1 and loader in _SHARED:
            if number in self._seen:
                return _reference(node, self._seen[number])
            new = self._inside(node)
            if new["__loader__"] == "JsonNode":
                return new
            self._seen[number] = len(self._seen) + 1
            return new | {"__id__": self._seen[number]}
        return self._inside(node)

    def _inside(self, node):
        """Return a node without its number, with the nodes of what is in it."""
        if node["__loader__"] == "RandomGeneratorNode":
            return self._as_it_is(node)  # skops looks for a name in it
        node = {key: value for key, value in node.items() if key != "__id__"}
        if "file" in node:
            return self._array(node)
        node = {key: self._value(value) for key, value in node.items()}
        return _as_json(node)

    def _array(self, node):
        """Return the node of an array with its new name."""
        names = self.arrays
        name = names.setdefault(node["file"], f"{len(names)}.npy")
        return node | {"file": name}

    def _as_it_is(self, node):
        """Return a node, with all in it, without the numbers of objects."""
        if isinstance(node, list):
            return [self._as_it_is(one) for one in node]
        if not isinstance(node, dict):
            return node
        node = {k: self._as_it_is(one) for k, one in node.items() if k != "__id__"}
        return self._array(node) if "file" in node else node

    def _value(self, value):
        """Return an entry of a node, in which there may be further nodes."""
        if isinstance(value, list):
            return [self._value(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "__loader__" in value:
            return self._node(value)
        return {key: self._value(one) for key, one in value.items()}


def type_of(node):
    """Return the name of the class of a node, for errors."""
    return str(node.get("__class__"))


def _is_nothing(node):
    """Return whether a node is of None, or of a list or tuple of nothing."""
    if node["__loader__"] == "JsonNode":
        return json.loads(node["content"]) is None
    return not node["content"]


def _without(node, keys):
    """Return the node of a dict without some of its keys."""
    types = node["key_types"]
    pairs = zip(node["content"].items(), types["content"], strict=True)
    kept = [(pair, kind) for pair, kind in pairs if pair[0] not in keys]
    return node | {
        "content": dict(pair for pair, _ in kept),
        "key_types": types | {"content": [kind for _, kind in kept]},
    }


def _put(attributes, place, change):
    """Replace a node inside the attributes of an object, if it is there."""
    *way, last = place
    for name in way:
        if name not in attributes:
            return
        node = attributes[name] = dict(attributes[name])
        # an object holds its attributes in a node of their own
        while node["__loader__"] == "ObjectNode":
            node["content"] = dict(node["content"])
            node = node["content"]
        attributes = node["content"] = dict(node["content"])
    if last in attributes:
        attributes[last] = change(attributes[last])


def _numbers(node):
    """Yield the number of each object as often as it occurs."""
    if isinstance(node, list):
        for one in node:
            yield from _numbers(one)
    elif isinstance(node, dict):
        if node.get("__loader__") in _SHARED:
            yield node.get("__id__")
        for one in node.values():
            yield from _numbers(one)


def _reference(node, number):
    """Return a node that stands for an object which came before."""
    kept = {key: node[key] for key in ("__class__", "__module__")}
    return kept | {"__loader__": "CachedNode", "__id__": number}


def _as_json(node):
    """Return a list or dict of plain values as one piece of JSON."""
    kind, content = (node["__loader__"], node["__class__"]), node.get("content")
    if kind == _PLAIN_LISTS and all(map(_is_json, content)):
        return json_node([json.loads(one["content"]) for one in content])
    plain = kind == _PLAIN_DICTS and all(map(_is_json, content.values()))
    if plain and _has_text_keys(node):
        return json_node({k: json.loads(v["content"]) for k, v in content.items()})
    return node


def _is_json(node):
    return node["__loader__"] == "JsonNode"


def _has_text_keys(node):
    kinds = node["key_types"]["content"]
    return all(
        isinstance(kind, dict)
        and (kind.get("__module__"), kind.get("__class__")) == ("builtins", "str")
        for kind in kinds
    )
