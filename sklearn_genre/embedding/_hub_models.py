"""Networks of transformers: found by name or in a folder, loaded once, run."""

import dataclasses
import functools
import json
import os
import threading
from pathlib import Path

from .._utils.code import package_versions
from .._utils.device import one_torch_thread
from .._utils.digest import files_digest

OWNER = "HuggingFaceEmbedding"
_INSTALL = 'pip install "sklearn-genre[hub]"'
_LOCK = threading.RLock()
# weights that only training uses, and that many published files lack
_UNUSED = ("masked_spec_embed",)
_OUTPUTS = {"last": "last_hidden_state", "pooled": "pooler_output"}


@dataclasses.dataclass(frozen=True)
class Source:
    """One state of a model, which keys what is loaded of it.

    Parameters
    ----------
    model : str
        A folder, or the name "organization/model".
    revision : str or None
        The commit; None for a folder.
    state : tuple
        Names, sizes and times of the files of a folder.
    trust : bool
        Whether code of the model's authors may run.
    """

    model: str
    revision: str | None
    state: tuple
    trust: bool

    def load(self, kind, **how):
        """Load a part of the model by an Auto class of transformers."""
        how |= {"revision": self.revision, "trust_remote_code": self.trust}
        return kind.from_pretrained(self.model, **how)


def library():
    """Return the package transformers.

    Raises
    ------
    ImportError
        If it is not installed; it says how to.
    """
    try:
        import transformers
    except ImportError as error:
        raise ImportError(f"{OWNER} needs transformers: {_INSTALL}") from error
    return transformers


def find(model, revision, trust):
    """Return the `Source` that a model's name or folder stands for at this moment.

    Raises
    ------
    ImportError
        If transformers is not installed.
    ValueError
        If there is no such model, or it cannot be had.
    """
    library()
    model = os.fspath(model)
    if not os.path.isdir(model):
        return Source(model, _commit(model, revision), (), bool(trust))
    if revision is not None:
        raise ValueError(
            f"{OWNER}: revision must be None for a folder, got {revision!r}."
        )
    folder = Path(model).absolute()
    if not (folder / "config.json").is_file():
        raise _no_model(model, "the folder has no file config.json")
    state = [(f.name, *_stamp(f)) for f in sorted(folder.iterdir()) if f.is_file()]
    return Source(str(folder), None, tuple(state), bool(trust))


def _stamp(file):
    """Return the size of a file and the times of its last changes."""
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@functools.lru_cache(maxsize=64)
def _commit(model, revision):
    """Return the commit of a published model; the same one in all of a process."""
    return Path(_config_file(model, revision)).parent.name


def _config_file(model, revision):
    """Return the path config.json of a published model, in the cache of downloads."""
    import huggingface_hub

    try:
        return huggingface_hub.hf_hub_download(model, "config.json", revision=revision)
    except (OSError, ValueError) as error:
        raise _no_model(model, _first_line(error)) from error


def _no_model(model, reason):
    """Return the error for a model that is not there."""
    return ValueError(
        f"{OWNER}: model={model!r} is neither a folder with a model nor a model that "
        f"can be had from the hub: {reason}. Check the name; if the model is not "
        "public, log in with `hf auth login`. Without network, download it beforehand "
        f"with `hf download {model} --local-dir FOLDER` and give the folder, or point "
        "HF_HOME to a copy of the cache of downloads and set HF_HUB_OFFLINE=1."
    )


def _first_line(error):
    """Return the type of an error and what its first line says."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0].rstrip('. ')}"


def depends_on(source):
    """Return what the features of a model depend on, as plain data for the cache."""
    versions = package_versions("transformers", "torchaudio")
    if source.revision is not None:
        _check_code_is_inside(_config_file(source.model, source.revision))
        return [source.revision, versions]
    _check_code_is_inside(Path(source.model, "config.json"))
    return [_digest_of_folder(source), versions]


@functools.lru_cache(maxsize=64)
def _digest_of_folder(source):
    """Return a digest of the names and the content of the files of a folder."""
    names = [name for name, *_ in source.state]
    return [names, files_digest([Path(source.model, name) for name in names])]


def _check_code_is_inside(config_file):
    """Refuse to cache what code of another repository computes."""
    code = json.loads(Path(config_file).read_bytes()).get("auto_map", {})
    if any("--" in str(place) for place in code.values()):
        raise ValueError(
            f"{OWNER}: cache must be None for a model whose code is in another "
            f"repository ({', '.join(map(str, code.values()))}): its changes would go "
            "unnoticed. Copy the files into the folder of the model, and name them in "
            "auto_map without the repository."
        )


def extractor(source):
    """Return the feature extractor of a model, with its ``sampling_rate``."""
    with _LOCK:
        return _extractor(source)


@functools.lru_cache(maxsize=8)
def _extractor(source):
    kind = library().AutoFeatureExtractor
    try:
        found = source.load(kind)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise _refusal(source, error, "it has no feature extractor") from error
    if not isinstance(getattr(found, "sampling_rate", None), int):
        raise _refusal(source, None, "its feature extractor takes no audio")
    return found


def _refusal(source, error, fault):
    """Return the error for a model that cannot be used."""
    if "trust_remote_code" in str(error):
        return ValueError(
            f"{OWNER}: model={source.model!r} comes with code of its authors, which "
            "transformers would run on this computer. Read it, and if you trust it, "
            "set trust_remote_code=True and the revision that you have read."
        )
    reason = "" if error is None else f" ({_first_line(error)})"
    return ValueError(
        f"{OWNER}: model={source.model!r} cannot be used: {fault}{reason}. It takes "
        "models of audio such as MERT, wav2vec2, AST and CLAP, whose folder has "
        "preprocessor_config.json; any other network goes into an EmbeddingTransformer."
    )


def network(source, device):
    """Return a model on a device, ready to compute."""
    with _LOCK:  # two threads would load it twice
        return _network(source, device)


@functools.lru_cache(maxsize=2)
def _network(source, device):
    import torch

    kind = library().AutoModel
    how = {"dtype": torch.float32, "output_loading_info": True}
    try:
        found, info = source.load(kind, **how)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise _refusal(source, error, "transformers cannot load it") from error
    _check_is_whole(source, info)
    if source.state and find(source.model, None, source.trust) != source:
        raise _refusal(source, None, "its files changed while it was loaded")
    if found.config.is_encoder_decoder:
        raise _refusal(source, None, "it writes text, and has no layers for a clip")
    return found.to(device).eval().requires_grad_(False)


def _check_is_whole(source, info):
    """Refuse weights that transformers has drawn at random, as the files lack them."""
    missing = [k for k in info["missing_keys"] if not k.endswith(_UNUSED)]
    if missing:
        fault = f"its files lack {len(missing)} arrays of weights, such as {missing[0]}"
        raise _refusal(source, None, fault)


def longest(found):
    """Return the longest window that a feature extractor does not cut, in seconds.

    None if it takes any length.
    """
    rate = found.sampling_rate
    if hasattr(found, "nb_max_samples"):  # CLAP
        return found.nb_max_samples / rate
    if hasattr(found, "n_samples"):  # Whisper
        return found.n_samples / rate
    if hasattr(found, "max_length"):  # AST: frames of 10 ms
        return found.max_length * 0.01
    return None


def hidden(windows, *, source, device, layer):
    """Compute a layer of a model for windows.

    Parameters
    ----------
    windows : ndarray of shape (n_windows, n_samples), float32
    source : Source
    device : str
    layer : int or {"last", "mean", "pooled"}

    Returns
    -------
    values : ndarray of shape (n_windows, n_features[, n_frames]), float32
    """
    import torch

    take, model = extractor(source), network(source, device)
    with one_torch_thread(), torch.inference_mode():
        inputs = take([*windows], sampling_rate=take.sampling_rate, return_tensors="pt")
        if "is_longer" in inputs:
            # without a long one in the batch, CLAP's extractor calls one at random so
            inputs["is_longer"] = torch.zeros_like(inputs["is_longer"])
        # CLAP takes text as well, and has a method for audio alone
        compute = getattr(model, "get_audio_features", model)
        every = layer not in _OUTPUTS
        found = compute(**inputs.to(device), output_hidden_states=every)
        return _layer(found, layer).cpu().numpy()


def _layer(found, layer):
    """Return a layer as (n_windows, n_features[, n_frames])."""
    name = _OUTPUTS.get(layer, "hidden_states")
    values = getattr(found, name, None)
    if values is None:
        raise _no_layer(layer, f"its output has no {name}")
    if layer == "mean":
        values = _mean(values)
    elif name == "hidden_states":
        if layer >= len(values):
            raise _no_layer(layer, f"it has the layers 0 to {len(values) - 1}")
        values = values[layer]
    return _time_last(values)


def _time_last(values):
    """Return values of windows with at most one axis of frames, the last one."""
    if values.ndim == 4:  # of images: features, frequency, time
        return values.flatten(2)
    # of sequences: time, features
    return values.transpose(1, 2) if values.ndim == 3 else values


def _mean(layers):
    """Return the mean over layers."""
    if len({values.shape for values in layers}) > 1:
        raise _no_layer("mean", "its layers differ in size")
    return sum(layers) / len(layers)


def _no_layer(layer, reason):
    """Return the error for a layer that a model does not have."""
    return ValueError(
        f"{OWNER}: layer={layer!r} is none that the model has: {reason}. Choose "
        'another: a number, "last", "mean" or "pooled".'
    )
