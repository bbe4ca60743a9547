"""Thousands of damaged files, by chance: an answer or an error, at once."""

import importlib.util

import numpy as np
import pytest
from helpers import bounded_memory, within

from sklearn_genre import AudioError, load_audio

from ..odd_bytes import encoded, flac, flac_total, ogg, opus
from .foreign_files import encode, sweep
from .mpeg_files import encoded as mp3
from .mpeg_files import headerless, id3

CODECS = importlib.util.find_spec("av") is not None
BASES = {
    "wav": lambda: encoded(channels=2, seconds=0.2),
    "adpcm": lambda: encoded(subtype="IMA_ADPCM"),
    "rf64": lambda: encoded("RF64", "FLOAT", seconds=0.2),
    "aiff": lambda: encoded("AIFF", seconds=0.2),
    "caf": lambda: encoded("CAF", seconds=0.2),
    "flac": flac,
    "flac of unknown length": lambda: flac_total(flac(channels=2), 0),
    "mp3": lambda: id3(200) + mp3(1, channels=2),
    "mp3 without header": lambda: headerless(mp3(1, mode="VARIABLE")),
    "ogg": lambda: ogg(seconds=2),
    "opus": opus,
    "aac": lambda: encode(sweep(0.5, 44100), "aac.m4a"),
    "wma": lambda: encode(sweep(0.5, 44100), "wma.wma"),
}
bases = pytest.mark.parametrize(
    "base", [name for name in BASES if CODECS or name not in ("aac", "wma")]
)
MOST_SECONDS, MOST_MEMORY = 20, 400
# what libsndfile's decoder of mp3 says about a damaged frame cannot be held back
TALKATIVE = ("mp3", "mp3 without header")


def outcome(content):
    """The sound of a file, or the name in its error."""
    try:
        return load_audio(content)
    except AudioError as error:
        return error.source


def check(content):
    found = within(MOST_SECONDS, outcome, content)
    if isinstance(found, str):
        assert found == f"<{len(content)} bytes>"
    else:
        wave, rate = found
        assert np.isfinite(wave).all()
        assert 0 < len(wave) < 60 * rate


@pytest.fixture
def bounded(base, capfd):
    """Little memory, and nothing on standard error."""
    with bounded_memory(MOST_MEMORY):
        yield
    if base not in TALKATIVE:
        assert capfd.readouterr() == ("", "")


@bases
@pytest.mark.usefixtures("bounded")
@pytest.mark.filterwarnings("ignore:.*(pages are missing|frame is cut)")
def test_cut_anywhere(base):
    content = BASES[base]()
    places = [*range(64), *range(64, len(content), len(content) // 40)]
    for place in places:
        check(content[:place])


SIZES = (bytes(4), b"\xff\xff\xff\xff", b"\0\0\0\x7f")


def damaged(data, rng):
    """The same with some of it changed, lost, repeated or put in."""
    data = bytearray(data)
    a, b = sorted(rng.integers(len(data), size=2))
    head = rng.integers(80)
    match rng.integers(7):
        case 0:
            data[a] ^= 1 << rng.integers(8)
        case 1:
            data[head] = rng.integers(256)
        case 2:
            data[head : head + 4] = SIZES[rng.integers(3)]
        case 3:
            del data[a:b]
        case 4:
            data[b:b] = data[a:b]
        case 5:
            data[a : a + 500] = bytes(500)
        case 6:
            data[a:a] = rng.bytes(999)
    return bytes(data)


@bases
@pytest.mark.usefixtures("bounded")
@pytest.mark.filterwarnings("ignore:.*(pages are missing|frame is cut)")
def test_damaged_by_chance(base):
    rng, content = np.random.default_rng(0), BASES[base]()
    for k in range(300):
        worse = content
        for _ in range(1 + k % 3):
            worse = damaged(worse, rng)
        check(worse)
