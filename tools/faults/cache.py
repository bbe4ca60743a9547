"""Entries of the feature cache damaged, forged, cut and locked, and processes in it."""

import fcntl
import functools
import io
import os
import random
import shutil
import signal
import tempfile
import zlib
from pathlib import Path

import numpy as np

from sklearn_genre import FeatureCache, MelSpectrogram
from sklearn_genre.features import _store
from tests.odd_bytes import encoded

from ._trials import Trial, here, killed_after

# what a header may say of an entry of another kind; sizes fit, as a forger would see to
DTYPES = ("|O", "<f8", "<f2", "<c8", "<i4", "|b1", "<M8[s]", "<U1", "|S4", "|V4")
SHAPES = ((2**62, 2**62), (-1,), (-8, -4), (), (0,), (0, 2**63), (2**31, 2), (1,) * 65)


class Place:
    """Clips, their features, and a cache that holds them, to be copied."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.clips = [str(self.folder / f"{k}.wav") for k in range(5)]
        for k, path in enumerate(self.clips):
            Path(path).write_bytes(encoded(seconds=0.5, seed=k))
        self.expected = self.features(self.folder / "cache")

    def features(self, cache):
        """Return the features of the clips."""
        mel = MelSpectrogram(duration=0.5, n_mels=8, cache=cache)
        return mel.transform(self.clips)

    def copy(self):
        """Copy the cache into the current folder."""
        shutil.copytree(self.folder / "cache", here("cache"))
        return here("cache")


def entries(cache):
    return sorted(cache.glob("**/entries/*/*.npy"))


def judged(place, cache, differing="wrong"):
    """Compute the features twice and compare them."""
    for _ in range(2):
        found = place.features(cache)
        if found.dtype != place.expected.dtype or not np.array_equal(
            found, place.expected
        ):
            return differing
    return "right"


def flip(content, rng):
    data = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def piece(content, rng):
    return content[: rng.randrange(len(content))]


def longer(content, rng):
    return content + rng.randbytes(rng.randint(1, 5000))


def zeros(content, rng):
    at = rng.randrange(len(content))
    return content[:at] + bytes(len(content) - at)


DAMAGES = {"bits": flip, "cut": piece, "longer": longer, "zeros": zeros}


def damage(place, how, rng):
    cache = place.copy()
    entry = rng.choice(entries(cache))
    entry.write_bytes(DAMAGES[how](entry.read_bytes(), rng))
    return judged(place, cache)


def swap(place, rng):
    """Put an entry in the place of another."""
    cache = place.copy()
    first, second = rng.sample(entries(cache), 2)
    shutil.copy(first, second)
    return judged(place, cache)


def forge(place, rng):
    """Write an entry whose checksum is right and whose header lies."""
    cache = place.copy()
    entry = rng.choice(entries(cache))
    entry.write_bytes(forged(np.load(entry), entry.stem, rng))
    return judged(place, cache, "not shown")


def forged(array, key, rng):
    """Return an entry with another dtype, shape or order, or a header of noise."""
    known = np.lib.format.header_data_from_array_1_0(array)
    change = rng.choice(["descr", "shape", "both", "order", "text"])
    if change in ("descr", "both"):
        known["descr"] = rng.choice(DTYPES)
    if change in ("shape", "both"):
        known["shape"] = rng.choice(SHAPES)
    if change == "order":
        known["fortran_order"] = True
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, known)
    head = head.getvalue()
    if change == "text":
        text = rng.choice([b"{'descr': ", b"[" * 90, b"__import__('os')", b"\xff" * 40])
        head = head[:10] + text.ljust(len(head) - 10)
    body = head + array.tobytes()
    check = zlib.crc32(body, zlib.crc32(key.encode()))
    return body + _store._TRAILER.pack(_store._MARK, check)


def replace(place, rng):
    """Put something that is no file in the place of an entry, a lock or a folder."""
    cache = place.copy()
    folders = sorted(p for p in cache.glob("**/*") if p.is_dir())
    target = rng.choice(entries(cache) if rng.random() < 0.7 else folders)
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    match rng.randrange(5):
        case 0:
            os.mkfifo(target)
        case 1:
            target.mkdir()
        case 2:
            target.symlink_to("/dev/zero")
        case 3:
            target.symlink_to(rng.choice(["/etc/hostname", "gone", target]))
        case 4:
            target.write_bytes(b"")
    return judged(place, cache)


def locked(place, rng):
    """Hold the locks for a moment in a process that is killed."""
    cache = place.copy()
    found = entries(cache)
    for entry in found:
        entry.unlink()
    (folder,) = cache.glob("**/locks")
    locks = [folder / entry.stem[:3] for entry in found]
    child = os.fork()
    if child == 0:
        hold(locks)
    killed_after(rng.random() / 5, lambda: place.features(cache))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return judged(place, cache)


def hold(locks):
    """Take locks and stop, so that nothing but a kill frees them."""
    files = [lock.open("wb") for lock in locks]
    for file in files:
        fcntl.flock(file, fcntl.LOCK_EX)
    os.kill(os.getpid(), signal.SIGSTOP)


def killed(place, rng):
    """Kill writers at any moment, then compute."""
    cache = here("cache")
    for _ in range(3):
        killed_after(rng.random() / 20, lambda: place.features(cache))
    return judged(place, cache)


def together(place, rng):
    """Let processes compute in one cache, one of which disturbs."""
    cache, disturb = place.copy(), rng.choice(list(DISTURB))
    children = []
    for k in range(3):
        if (child := os.fork()) == 0:
            os._exit(work(place, cache, DISTURB[disturb] if k == 0 else None))
        children.append(child)
    status = [os.waitpid(child, 0)[1] for child in children]
    bad = [s for s in status if s]
    return f"wrong: {disturb}: {bad}" if bad else "right"


def work(place, cache, disturb):
    """Compute some times; return 1 for wrong features, 2 for an error."""
    try:
        for _ in range(5):
            if disturb is not None:
                disturb(cache)
            found = place.features(cache)
            if not np.array_equal(found, place.expected):
                return 1
    except BaseException:
        return 2
    return 0


DISTURB = {
    "nothing": lambda cache: None,
    "clear": lambda cache: FeatureCache(cache).clear(),
    "a limit": lambda cache: FeatureCache(cache, max_bytes=1000)._store().open(),
    "the folder removed": lambda cache: shutil.rmtree(cache, ignore_errors=True),
}

KINDS = {
    **{
        f"an entry damaged: {how}": functools.partial(damage, how=how)
        for how in DAMAGES
    },
    "an entry in the place of another": swap,
    "forged, its checksum right": forge,
    "no file in its place": replace,
    "locked by a process that is killed": locked,
    "writers killed": killed,
    "processes in one cache": together,
}


def trials(rng):
    """Yield damage without end."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        while True:
            kind, seed = rng.choice(list(KINDS)), rng.getrandbits(32)
            run = functools.partial(seeded, KINDS[kind], place, seed)
            yield Trial(kind, run, name="cache", detail=str(seed))


def seeded(run, place, seed):
    return run(place, rng=random.Random(seed))
