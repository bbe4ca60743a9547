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

from .._utils.checks import check_choice, check_number
from .._utils.clips import is_path, unpack
from .._utils.device import resolve_device
from ..audio import is_file
from ._store import Store

# parameters that change no value
WITHOUT_EFFECT = ("cache", "n_jobs", "verbose")
_LIBRARIES = ("librosa", "numpy", "scipy", "soundfile", "soxr", "torch")


class FeatureCache:
    """Folder in which audio transformers keep the features of clips.

    Given as ``cache`` to MelSpectrogram and the other audio transformers. Features
    of a clip depend on no other clip, so they are kept clip by clip: a search that
    changes a classifier decodes each clip once, whatever the number of folds and
    candidates, and a clip that was added or changed on disk is the only one that is
    computed. Any number of transformers, threads and processes may share a folder,
    also at the same time.

    Parameters
    ----------
    folder : str or path-like
        It is made where it is missing, and must be on a disk that every worker
        sees.
    max_bytes : int or None, default=None
        Size of the files, >= 1, above which those that were not used for longest are
        removed. None: no limit. With several processes it may be exceeded for a
        while, by a sixteenth for each. A limit below the size of the features of one
        search makes the cache useless for that search.
    compare : {"mtime", "content"}, default="mtime"
        How a file is recognized: by its resolved path, its size and the time of its
        last change, or by what is in it, which has to be read for that. With
        "content", copies share an entry, and a change is noticed that leaves size
        and time alone.

    See Also
    --------
    MelSpectrogram : Takes it as ``cache``.

    Notes
    -----
    An entry belongs to one clip and one set of parameters: all those of the
    transformer that change values, and of ``device`` the kind, since a GPU's last
    digits are not a CPU's. To it belong also the versions of librosa, numpy, scipy,
    soundfile, libsndfile, soxr and torch, and the code of the transformers, so that
    nothing outdated is ever read. Clips that are not paths (bytes, open files,
    arrays) are recognized by their content.

    Entries are ``.npy`` files with a checksum at their end, which every read checks:
    a damaged one is removed with a warning and computed anew. They are read as
    memory maps, written under another name first and moved into place, and the
    features of a clip are computed by one worker while others wait for them, where
    the system has file locks (not on Windows). A worker killed at any time leaves
    nothing that is read; an unfinished file of its goes at the next use an hour
    later. On a GPU features are computed for batches of clips, and two processes may
    compute the same ones.

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

    def __init__(self, folder, *, max_bytes=None, compare="mtime"):
        if not is_path(folder):
            raise TypeError(f"folder must be a path, got {folder!r}.")
        self.folder = os.fspath(folder)
        self.max_bytes = max_bytes
        self.compare = compare
        check_number(self, "max_bytes", kind=numbers.Integral, low=1, none=True)
        check_choice(self, "compare", ("mtime", "content"))

    def __repr__(self):
        given = "" if self.max_bytes is None else f", max_bytes={self.max_bytes}"
        given += "" if self.compare == "mtime" else f", compare={self.compare!r}"
        return f"FeatureCache({self.folder!r}{given})"

    def info(self):
        """Size of the cache.

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
        """Remove all features from the folder, and nothing else that may be there."""
        self._store().clear()

    def _store(self):
        """The files; their folder does not depend on the worker's own."""
        folder = Path(self.folder).expanduser().absolute() / "sklearn_genre"
        return Store(folder, max_bytes=self.max_bytes)


class ClipCache:
    """Features of clips by one transformer: what its workers look things up in.

    Parameters
    ----------
    transformer : AudioTransformer
        With a ``cache``, whose folder is made.
    """

    def __init__(self, transformer):
        cache = as_cache(transformer)
        self.store = cache._store()
        self.compare = cache.compare
        self.settings = _settings(transformer)
        self.sample_rate = transformer.sample_rate
        self.home = os.getpid()
        self.store.open()

    def key(self, clip):
        """Key of a clip; None for one that cannot be read, which then says why."""
        try:
            who = _identity(clip, self.sample_rate, self.compare)
        except (OSError, TypeError, ValueError):
            return None
        return who and _digest(json.dumps([self.settings, who]).encode())

    def read(self, key):
        """Features under a key, or None."""
        row = None if key is None else self.store.read(key)
        if row is not None and os.getpid() != self.home:
            row = np.array(row)  # joblib would send the map by the name of a file
        return row

    def write(self, key, clip, row):
        """Keep the features of a clip, if it is still the one of the key."""
        if key is not None and (not is_path(clip) or self.key(clip) == key):
            self.store.write(key, row)

    def fetch(self, clip, compute):
        """Features of a clip, by ``compute()`` where they are not there."""
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


def as_cache(transformer):
    """The FeatureCache that ``cache`` of a transformer means, or None.

    Raises
    ------
    TypeError
        If ``cache`` is something else.
    """
    cache = transformer.cache
    if cache is None or isinstance(cache, FeatureCache):
        return cache
    if is_path(cache):
        return FeatureCache(cache)
    hint = ""
    if isinstance(cache, joblib.Memory):
        hint = " A joblib.Memory is for Pipeline(memory=...); here give its folder."
    raise TypeError(
        f"{type(transformer).__name__}: cache must be None, a path or a FeatureCache, "
        f"got {cache!r}.{hint}"
    )


def _settings(transformer):
    """Digest of all that decides about the features of a clip, but the clip."""
    params = transformer.get_params(deep=False)
    if "device" in params:
        params["device"] = resolve_device(params["device"]).split(":")[0]
    values = {
        name: _plain(value)
        for name, value in sorted(params.items())
        if name not in WITHOUT_EFFECT
    }
    kind = type(transformer)
    what = [kind.__module__, kind.__qualname__, values, _versions()]
    return _digest(json.dumps(what).encode())


def _plain(value):
    """A parameter as JSON has it, numbers of equal value being equal."""
    if value is None or isinstance(value, (str, bool)):
        return value
    return float(value) if isinstance(value, numbers.Real) else joblib.hash(value)


@functools.lru_cache(maxsize=1)
def _versions():
    """Versions of what computes; of this package the code, which changes more often."""
    import soundfile

    here = Path(__file__).parent
    code = [here.parent / "audio.py", *sorted(here.glob("*.py"))]
    return {
        **{name: metadata.version(name) for name in _LIBRARIES},
        "libsndfile": soundfile.__libsndfile_version__,
        "code": _digest(b"".join(path.read_bytes() for path in code)),
    }


def _identity(clip, sample_rate, compare):
    """What tells a clip from others, as plain data; None where nothing does."""
    if is_path(clip):
        if compare == "mtime":
            stat = os.stat(clip)
            return ["file", os.path.realpath(clip), stat.st_size, stat.st_mtime_ns]
        with open(clip, "rb") as file:
            return ["content", hashlib.file_digest(file, "sha256").hexdigest()]
    if is_file(clip):
        if not hasattr(clip, "read"):
            return ["content", _digest(clip)]
        clip.seek(0)
        return ["content", hashlib.file_digest(clip, "sha256").hexdigest()]
    array, rate = unpack(clip, "", sample_rate)
    array = np.asarray(array)
    if array.dtype.hasobject:
        return None
    samples = _digest(np.ascontiguousarray(array))
    return ["samples", samples, array.dtype.str, array.shape, float(rate)]


def _digest(content):
    """SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
