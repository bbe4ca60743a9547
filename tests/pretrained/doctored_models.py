"""Files that pretend to be models: what somebody could do to one, by name."""

import io
import json
import pickle
import stat
import zipfile

import numpy as np

WHEN = (1980, 1, 1, 0, 0, 0)


class Bomb:
    """What fails the test when it is unpickled."""

    def __reduce__(self):
        return exec, ("raise SystemExit('code of a file was run')",)


def unpacked(content):
    """The members of a model file by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = method
            archive.writestr(info, content)
    return buffer.getvalue()


def npy(array, **header):
    """An array as a member, perhaps with another header than its own."""
    array = np.asarray(array)
    known = np.lib.format.header_data_from_array_1_0(array) | header
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, known)
    return buffer.getvalue() + array.tobytes()


def node(module, name, loader, **more):
    return {"__module__": module, "__class__": name, "__loader__": loader, **more}


def plain(value):
    return node("builtins", "str", "JsonNode", content=json.dumps(value), is_json=True)


def nodes(plan):
    """All nodes of a plan."""
    if isinstance(plan, dict):
        if "__loader__" in plan:
            yield plan
        for one in plan.values():
            yield from nodes(one)
    elif isinstance(plan, list):
        for one in plan:
            yield from nodes(one)


def of(plan, name):
    """The attributes of the first object of a class."""
    found = next(one for one in nodes(plan) if one["__class__"] == name)
    return found["content"]["content"]


def with_plan(change):
    """Doctor the plan: ``change`` gets it, and may return another."""

    def doctored(content):
        members = unpacked(content)
        plan = json.loads(members["schema.json"])
        plan = change(plan) or plan
        return packed(members | {"schema.json": json.dumps(plan).encode()})

    return doctored


def put(plan, kind, name, value):
    """Give the first object of a class an attribute."""
    found = next(one for one in nodes(plan) if one["__class__"] == kind)["content"]
    if name not in found["content"]:
        found["key_types"]["content"].append(node("builtins", "str", "TypeNode"))
    found["content"][name] = value


def setting(kind, name, value):
    """Set an attribute of the first object of a class."""
    value = value if isinstance(value, dict) else plain(value)
    return with_plan(lambda plan: put(plan, kind, name, value))


def with_spec(name, value):
    """Change the description of the net."""
    return setting("NetSpec", name, value)


def with_param(name, value):
    """Change a parameter of the network, in its description."""

    def change(plan):
        of(plan, "NetSpec")["params"]["content"][name] = plain(value)

    return with_plan(change)


def with_about(**changes):
    def doctored(content):
        members = unpacked(content)
        about = json.loads(members["about.json"]) | changes
        return packed(members | {"about.json": json.dumps(about).encode()})

    return doctored


def with_members(**changes):
    """Add members; "__" in a name stands for a dot."""

    def doctored(content):
        named = {name.replace("__", "."): new for name, new in changes.items()}
        return packed(unpacked(content) | named)

    return doctored


def member(name, content=b"", **attributes):
    """Add a member whose entry in the table of contents is odd."""

    def doctored(model):
        buffer = io.BytesIO(model)
        with zipfile.ZipFile(buffer, "a") as archive:
            info = zipfile.ZipInfo(name, WHEN)
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, content)
        return buffer.getvalue()

    return doctored


def weights_of(content):
    """Name and content of the member with the most bytes among the weights."""
    members = unpacked(content)
    plan = json.loads(members["schema.json"])
    state = of(plan, "CNNClassifier")["_net_state"]["content"]["module"]["content"]
    files = (one["file"] for one in state.values() if one["__class__"] == "ndarray")
    name = max(files, key=lambda file: len(members[file]))
    return name, np.load(io.BytesIO(members[name]))


def with_weights(change, **header):
    """Change the largest array of weights, or its header."""

    def doctored(content):
        name, array = weights_of(content)
        return packed(unpacked(content) | {name: npy(change(array), **header)})

    return doctored


def with_header(text):
    """Put text in the place of the header of the largest array of weights."""

    def doctored(content):
        name, _ = weights_of(content)
        member = unpacked(content)[name]
        changed = member[:10] + text.ljust(118) + member[128:]
        return packed(unpacked(content) | {name: changed})

    return doctored


def same(array):
    return array


def with_nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


def twice(content):
    """The plan twice."""
    double = packed(unpacked(content) | {"schema.jsox": b"{}"})
    return double.replace(b"schema.jsox", b"schema.json")


def sizes_that_lie(content):
    """The table of contents says that the plan is larger than the file."""
    at = content.rindex(b"schema.json") - 46  # of its entry in the table of contents
    size = (2**31).to_bytes(4, "little")
    return content[: at + 20] + size + size + content[at + 28 :]


def deep(plan):
    """Thousands of lists in each other."""
    inner = plain(1)
    for _ in range(300):
        inner = node("builtins", "list", "ListNode", content=[inner])
    put(plan, "CNNClassifier", "deep_", inner)


def deep_json(content):
    return packed(unpacked(content) | {"schema.json": b"[" * 100_000})


def circle(plan):
    """An object that holds itself."""
    plan["__id__"] = 7
    put(plan, "CNNClassifier", "me_", node("x", "y", "CachedNode", __id__=7))


def second_meaning(plan):
    """A number that means two things, of which the second is checked."""
    put(plan, "Pipeline", "steps_", plain("/tmp") | {"__id__": 9})
    put(plan, "Pipeline", "x_", plain(None) | {"__id__": 9})


def called(module, name):
    """The node of a call of something."""
    empty = node("builtins", "tuple", "TupleNode", content=[plain("true")])
    return node(module, name, "ConstructorFromReduceNode", content=empty)


def partial(plan):
    args = node("builtins", "tuple", "TupleNode", content=[plain("true")])
    what = dict(
        func=node("os", "system", "FunctionNode"),
        args=args,
        kwds=plain({}),
        namespace=plain(None),
    )
    call = node("functools", "partial", "PartialNode", content=what)
    put(plan, "CNNClassifier", "x_", call)


BOTTOM = ("CNNClassifier", "x_")
SYSTEM = node("os", "system", "FunctionNode")
LIST_OF = {"content": [plain("x")]}

# the doctored file from a sound one, and words of the error
DOCTORED = {
    # another file
    "nothing": (lambda content: b"", "zip"),
    "text": (lambda content: b"genre,song\n" * 50, "zip"),
    "pickle": (lambda content: pickle.dumps(Bomb()), "zip"),
    "cut": (lambda content: content[: len(content) // 2], "zip"),
    "junk before": (lambda content: b"x" * 99 + content, "zip"),
    "one bit": (lambda content: content[:60] + b"\x7f" + content[61:], ""),
    "plain zip": (lambda content: packed({"song.txt": b"la"}), "save_model"),
    "npz": (lambda content: packed({"a.npy": npy([1.0])}), "save_model"),
    # the table of contents
    "two plans": (twice, "two members are called schema"),
    "path out": (with_members(**{"../x__npy": npy(1.0)}), "no plain file name"),
    "absolute path": (with_members(**{"/tmp/x__npy": npy(1.0)}), "no plain file name"),
    "folder": (with_members(**{"folder/": b""}), "no plain file name"),
    "backslash": (with_members(**{"..\\x__npy": npy(1.0)}), "no plain file name"),
    "link": (
        member("999.npy", b"/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16),
        "is a link",
    ),
    "further array": (with_members(**{"999__npy": npy(1.0)}), "no part of the model"),
    "further pickle": (
        with_members(**{"x__pkl": pickle.dumps(Bomb())}),
        "no part of the model",
    ),
    "bomb": (
        member("bomb.npy", bytes(10**7), compress_type=zipfile.ZIP_DEFLATED),
        "packed in another way",
    ),
    "lzma": (
        lambda content: packed(unpacked(content), zipfile.ZIP_LZMA),
        "packed in another way",
    ),
    "lying sizes": (sizes_that_lie, "in a file of"),
    # what it says about itself
    "no about": (
        lambda content: packed(
            {k: v for k, v in unpacked(content).items() if k != "about.json"}
        ),
        "save_model did not write it",
    ),
    "later format": (with_about(format=99), "format is 99"),
    "odd versions": (with_about(versions={"torch": [1]}), "expected string"),
    "versions with colors": (
        with_about(versions={"torch": "\x1b[31m2"}),
        "versions are none",
    ),
    "old protocol": (with_plan(lambda plan: plan | {"protocol": 0}), "protocol is 0"),
    "true protocol": (with_plan(lambda plan: plan | {"protocol": True}), "protocol"),
    # the plan
    "deep": (with_plan(deep), "recursion|too deep|odd"),
    "deep json": (deep_json, "recursion|Recursion"),
    "circle": (with_plan(circle), "no object number 7"),
    "more values than keys": (
        with_plan(lambda plan: plan["content"]["content"].update(x_=plain(1))),
        "as many keys",
    ),
    "second meaning": (with_plan(second_meaning), "number 9 is used twice"),
    "no model": (with_plan(lambda plan: plain("x") | {"protocol": 2}), "no model"),
    "list": (
        with_plan(
            lambda plan: (
                node("builtins", "list", "ListNode", content=[plan]) | {"protocol": 2}
            )
        ),
        "no model",
    ),
    # types
    "os.system": (setting(*BOTTOM, SYSTEM), "os.system is not known"),
    "builtins.eval": (
        setting(*BOTTOM, node("builtins", "eval", "FunctionNode")),
        "not known",
    ),
    "numpy.load": (
        setting(*BOTTOM, node("numpy", "load", "FunctionNode")),
        "numpy.load is not known",
    ),
    "numpy.memmap": (
        setting(*BOTTOM, node("numpy", "memmap", "NdArrayNode", type="numpy")),
        "not among the known types",
    ),
    "type": (
        setting(*BOTTOM, node("subprocess", "Popen", "TypeNode")),
        "not among the known types",
    ),
    "object": (
        setting(*BOTTOM, node("subprocess", "Popen", "ObjectNode")),
        "not among the known types",
    ),
    "module of ours": (
        setting(*BOTTOM, node("sklearn_genre.__main__", "main", "TypeNode")),
        "not among the known types",
    ),
    "function of ours": (
        setting(*BOTTOM, node("sklearn_genre.datasets", "load_gtzan", "FunctionNode")),
        "not known",
    ),
    "call": (setting(*BOTTOM, called("os", "system")), "of no known kind"),
    "call of ours": (
        setting(*BOTTOM, called("builtins", "str")),
        "of no known kind",
    ),
    "partial": (with_plan(partial), "os.system is no known function"),
    "method": (
        setting(*BOTTOM, node("os", "system", "MethodNode", content={})),
        "of no known kind",
    ),
    "attrgetter": (
        setting(*BOTTOM, node("operator", "attrgetter", "OperatorFuncNode")),
        "of no known kind",
    ),
    "list that is no list": (
        setting(*BOTTOM, node("numpy", "ndarray", "ListNode", **LIST_OF)),
        "no list",
    ),
    "loss that is none": (
        setting(*BOTTOM, node("builtins", "str", "LossNode")),
        "no known loss",
    ),
    "inner method": (setting(*BOTTOM, node("x", "y", "build")), "of no known kind"),
    "a method is replaced": (
        setting("CNNClassifier", "predict_proba", 1),
        "takes the place of predict_proba",
    ),
    # parameters
    "memory": (setting("Pipeline", "memory", "planted"), "does not set memory"),
    "verbose": (setting("Pipeline", "verbose", True), "does not set verbose"),
    "compile": (setting("CNNClassifier", "compile", True), "does not set compile"),
    "callbacks": (setting("CNNClassifier", "callbacks", []), "does not set callbacks"),
    "device": (setting("CNNClassifier", "device", "cuda"), "does not set device"),
    "net_params": (
        setting(
            "CNNClassifier", "net_params", plain({"iterator_valid__num_workers": 8})
        ),
        "does not set iterator_valid__num_workers",
    ),
    "lr": (setting("CNNClassifier", "lr", "x"), "lr must be"),
    "n_filters": (setting("CNNClassifier", "n_filters", [10**9]), "n_filters"),
    # the net
    "net of another class": (
        with_spec(
            "network", node("sklearn_genre.neural.models._dense", "Dense", "TypeNode")
        ),
        "the net is a Dense",
    ),
    "net on a device": (with_spec("device", "cuda"), "does not set device"),
    "net compiled": (
        with_spec("training", plain({"compile": True, "verbose": 0})),
        "does not set compile",
    ),
    "huge net": (with_spec("n_bands", 10**12), "odd description"),
    "other outputs": (with_spec("n_outputs", 999), "have shape"),
    "other activation": (with_param("activation", "tanh"), "activation"),
    "optimizer of no kind": (with_spec("optimizer", "x"), "odd description"),
    # arrays
    "array of objects": (
        with_weights(same, descr="|O"),
        "Python objects|not a valid dtype|cannot be",
    ),
    "header of noise": (with_header(b"{'descr': "), "no header of an array"),
    "deep header": (with_header(b"[" * 90), "no header of an array"),
    "lying shape": (with_weights(same, shape=(10**9, 10**9)), "is said to be"),
    "negative shape": (with_weights(same, shape=(-1, -8)), "is said to be|shape"),
    "no array": (with_weights(same, descr="<f1"), ""),
    "NaN weights": (with_weights(with_nan), "are not finite"),
    "infinite weights": (with_weights(lambda w: w + np.inf), "are not finite"),
    "wrong shape": (with_weights(lambda w: w[:1]), "have shape"),
    "wrong axes": (with_weights(np.ravel), "have shape"),
    "integers": (with_weights(lambda w: w.astype(np.int32)), "are int32"),
    "complex": (with_weights(lambda w: w.astype(complex)), "are complex128"),
}
