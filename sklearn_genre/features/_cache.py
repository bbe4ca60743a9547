"""The cache of the audio transformers: features on disk, clip by clip."""

import functools
import hashlib
import json
import numbers
import os
from importlib import metadata
from pathlib import Path

import joblib
import numpy as np

from .._utils.clips import as_array, is_path
from .._utils.code import modules_digest
from .._utils.device import resolve_device
from .._utils.digest import content_digest, files_digest
from .._utils.formats import HEAD, foreign_kind
from ..audio import codecs_version, describe, is_file, opened
from ..parameters import REQUIRED, Declared, Folder, Integer, OneOf, Rule
from ._store import Store

# parameters that do not change any values
WITHOUT_EFFECT = ("cache", "n_jobs", "verbose")
_LIBRARIES = ("librosa", "numba", "numpy", "scipy", "soundfile", "soxr", "torch")
_PACKAGE = Path(__file__).parents[1]


class Cache(Rule):
    """Where features are kept: a folder, or a `FeatureCache`."""

    type = "str, path-like, FeatureCache"
    annotation = "str | os.PathLike[str] | FeatureCache"
    words = "a path, a FeatureCache"

    def accepts(self, value, owner):
        return isinstance(value, FeatureCache) or Folder().legal(value, owner)

    def check(self, owner, name):
        """Check the value, and the parameters of a `FeatureCache`."""
        value = getattr(owner, name)
        if isinstance(value, joblib.Memory):
            raise ValueError(
                f"{type(owner).__name__}: {name} must be {self.describe()}; a "
                "joblib.Memory would not notice that a file has changed, give its "
                "folder here."
            )
        super().check(owner, name)
        if isinstance(value, FeatureCache):
            value.check_params()


class FeatureCache(Declared):
    """Folder in which audio transformers keep the features of clips.

    It is passed as ``cache`` to MelSpectrogram and the other audio transformers.
    Features of a clip depend on no other clip, so they are kept clip by clip: a search
    that changes a classifier decodes each clip once, whatever the number of folds and
    candidates, and only clips that were added or changed on disk are computed. Any
    number of transformers, threads and processes may share a folder, even at the same
    time.

    See Also
    --------
    MelSpectrogram : Takes a FeatureCache as ``cache``.
    sklearn.pipeline.Pipeline : Its ``memory`` is no substitute. It knows a file by its
        name only, and returns old features after the file has changed.

    Notes
    -----
    An entry belongs to one clip and one set of parameters: all those of the transformer
    that change values, including the kind of ``device``, since the last digits differ
    between GPU and CPU. It also depends on the versions of librosa, numba, numpy,
    scipy, soundfile, libsndfile, soxr and torch (and of FFmpeg, for clips that need
    it), and on the code of the transformers, so that nothing outdated is ever read;
    for a transformer of your own, on the file that defines its class. Clips that are
    not paths (bytes, open files, arrays) are recognized by their content.

    Entries are ``.npy`` files with a checksum at their end, which every read checks:
    a damaged one is removed with a warning and computed anew. They are read as
    memory maps, written under another name first and moved into place, and the
    features of a clip are computed by one worker while others wait for them, where
    the system has file locks (not on Windows). A worker killed at any time leaves
    nothing that is read; temporary files that it left are removed at the next use an
    hour later. On a GPU features are computed for batches of clips, and two processes
    may compute the same ones.

    The checksum finds damage, not forgery: whoever can write into the folder can change
    features, though an entry can never run code. Links in the folder are not followed,
    and nothing is removed from it but what the cache wrote.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sklearn_genre import FeatureCache, MelSpectrogram
    >>> X = np.random.default_rng(0).standard_normal((3, 22050))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = FeatureCache(folder, max_bytes=10**9)
    ...     first = MelSpectrogram(cache=cache).fit_transform(X)
    ...     again = MelSpectrogram(cache=cache, n_jobs=2).fit_transform(X)
    ...     cache.info()["n_entries"], np.array_equal(first, again)
    (3, True)
    """

    _parameters = {
        "folder": Folder(
            REQUIRED,
            "It is created if it is missing, and must be on a disk that every worker "
            "sees.",
        ),
        "max_bytes": Integer(
            None,
            "Size of the files above which the least recently used are removed. None: "
            "no limit. With several processes it may be exceeded for a "
            "while, by a sixteenth for each. A limit below the size of the features of "
            "one search makes the cache useless for that search.",
            low=1,
            none=True,
        ),
        "compare": OneOf(
            "mtime",
            "How a file is recognized: by its resolved path, its size and the time of "
            "its last change, or by what is in it, which has to be read for that. With "
            '"content", copies share an entry, and even a change that leaves size and '
            "time as they were is noticed.",
            choices=("mtime", "content"),
        ),
    }

    def __post_init__(self):
        self.check_params()
        self.folder = os.fspath(self.folder)

    def __repr__(self):
        given = "" if self.max_bytes is None else f", max_bytes={self.max_bytes}"
        given += "" if self.compare == "mtime" else f", compare={self.compare!r}"
        return f"FeatureCache({self.folder!r}{given})"

    def info(self):
        """Return the size of the cache.

        Returns
        -------
        info : dict
            ``folder``, ``n_entries``, ``n_bytes`` (of the files) and ``max_bytes``.
        """
        entries = self._store().entries()
        return {
            "folder": self.folder,
            "n_entries": len(entries),
            "n_bytes": sum(size for _, size, _ in entries),
            "max_bytes": self.max_bytes,
        }

    def clear(self):
        """Remove all features from the folder, but no other files."""
        self._store().clear()

    def _store(self):
        """Return the store, with an absolute path that is the same for all workers."""
        folder = Path(self.folder).expanduser().absolute() / "sklearn_genre"
        return Store(folder, max_bytes=self.max_bytes)


class ClipCache:
    """Cached features of clips for one transformer, as used by its workers.

    Parameters
    ----------
    transformer : AudioTransformer
        With a ``cache``, whose folder is created.
    """

    def __init__(self, transformer):
        cache = as_cache(transformer.cache)
        self.store = cache._store()
        self.compare = cache.compare
        self.settings = _settings(transformer)
        self.home = os.getpid()
        self.store.open()

    def key(self, clip):
        """Return the key of a clip, as `open_clip` returns it.

        None if it cannot be read, which raises later.
        """
        try:
            who = [_identity(clip, self.compare), *_codecs(clip)]
        except (OSError, TypeError, ValueError):
            return None
        return _digest(json.dumps([self.settings, *who]).encode())

    def read(self, key):
        """Return the features under a key, or None."""
        row = None if key is None else self.store.read(key)
        if row is not None and os.getpid() != self.home:
            row = np.array(row)  # joblib would send the map by the name of a file
        return row

    def write(self, key, clip, row):
        """Store the features of a clip, if its key is still the same."""
        if key is not None and (not is_path(clip) or self.key(clip) == key):
            self.store.write(key, row)

    def fetch(self, clip, compute):
        """Return the features of a clip, calling ``compute()`` if there are none."""
        key = self.key(clip)
        row = self.read(key)
        if key is None or row is not None:
            return compute() if row is None else row
        with self.store.lock(key):
            row = self.read(key)  # from the worker that had the lock
            if row is None:
                row = compute()
                self.write(key, clip, row)
        return row


def as_cache(cache):
    """Return the FeatureCache that a transformer's ``cache`` means, or None."""
    return FeatureCache(cache) if is_path(cache) else cache


def _settings(transformer):
    """Return a digest of everything, except the clip, that determines its features."""
    more = transformer._depends_on()
    params = transformer.get_params(deep=False)
    if "device" in params:
        params["device"] = resolve_device(params["device"]).split(":")[0]
    values = {
        name: _plain(value)
        for name, value in sorted(params.items())
        if name not in WITHOUT_EFFECT
    }
    kind = type(transformer)
    what = [kind.__module__, kind.__qualname__, values, more, _versions()]
    return _digest(json.dumps([*what, _code_of_users(transformer)]).encode())


def _plain(value):
    """Return a parameter as JSON data, in which numbers of equal value are equal."""
    if value is None or isinstance(value, (str, bool)):
        return value
    return float(value) if isinstance(value, numbers.Real) else joblib.hash(value)


@functools.lru_cache(maxsize=1)
def _versions():
    """Return the versions of the libraries that compute features.

    For this package it is a digest of the code, which changes more often.
    """
    import soundfile

    return {
        **{name: metadata.version(name) for name in _LIBRARIES},
        "libsndfile": soundfile.__libsndfile_version__,
        "code": files_digest(computing_code(_PACKAGE)),
    }


def computing_code(package):
    """Return the files of the package that determine the values of features.

    Parameters
    ----------
    package : Path
        Its folder.

    Returns
    -------
    files : list of Path
    """
    names = ("archive", "arrays", "clips", "device", "faults", "files", "formats")
    shared = [package / "_utils" / f"{name}.py" for name in names]
    rooms = ("audio", "features", "embedding", "neural/weights")
    inside = [f for room in rooms for f in (package / room).rglob("*.*")]
    network = [package / "neural" / "models" / f for f in ("_layers.py", "_musicnn.py")]
    files = shared + network + inside
    return sorted(f for f in files if f.suffix in (".py", ".npz"))


def _code_of_users(transformer):
    """Return a digest of the code of a transformer that is not in the package."""
    kinds = [kind for kind in type(transformer).__mro__ if hasattr(kind, "_rules")]
    homes = {kind.__module__ for kind in kinds}
    users = {home for home in homes if not home.startswith(f"{_PACKAGE.name}.")}
    digest = modules_digest(users)
    if digest is None:
        raise ValueError(
            f"{type(transformer).__name__}: cache must be None for a transformer whose "
            "code is in no file, such as one of a notebook: its changes would go "
            "unnoticed. Put the class into a module."
        )
    return digest


def _identity(clip, compare):
    """Return what identifies a clip, as plain data."""
    if is_path(clip) and compare == "mtime":
        stat = os.stat(clip)
        return ["file", os.path.realpath(clip), stat.st_size, stat.st_mtime_ns]
    if is_file(clip):
        return ["content", content_digest(clip).hex()]
    array = as_array(clip.array, "")
    samples = _digest(np.ascontiguousarray(array))
    return ["samples", samples, array.dtype.str, array.shape, float(clip.rate)]


def _codecs(clip):
    """Return a list of the version of FFmpeg, empty if it does not decode the clip.

    It also decodes what libsndfile refuses of its own formats: mostly flac, of which
    every version makes the same samples.
    """
    if not is_file(clip):
        return []
    with opened(clip, describe(clip)) as file:
        head = file.read(HEAD)
    return [codecs_version()] if foreign_kind(head) else []


def _digest(content):
    """Return the SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
