"""Kinds of odd and bad files by name, with what must come of each.

Odd ones are whole: they give a known number of seconds. Bad ones give an error with
known words.
"""

import functools
import gzip
import io
import os
import pickle
import sqlite3
import struct
from dataclasses import dataclass

import numpy as np

from .audio.foreign_files import encode, sweep, with_video
from .audio.mpeg_files import ID3V1, ape, headerless, id3
from .audio.mpeg_files import encoded as mp3
from .audio.ogg_files import pages_of
from .odd_bytes import (
    RATE,
    cut,
    encoded,
    flac,
    flac_total,
    float_wav,
    head_of_flac,
    id3_claiming,
    mp3_in_wav,
    multiplexed,
    noise,
    ogg,
    opus,
    patched,
    promising,
    sized,
    vbri,
    with_chunk,
    with_field,
    with_page_twice,
    with_serial,
    without_page,
    zipped,
)


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    make : function
        Gives its content.
    seconds : float or None
        How long its sound is; None if it is bad.
    near : float
        By how much the seconds may differ.
    words : str or None
        What its error says, or the warning if it is used up to some place.
    """

    make: object
    seconds: float | None = None
    near: float = 0.0
    words: str | None = None

    @property
    def is_whole(self):
        return self.seconds is not None

    @functools.cached_property
    def content(self):
        return self.make()


def whole(make, seconds=1.0, near=0.0):
    return Kind(make, seconds=seconds, near=near)


def cut_short(make, seconds, near, words="last pages are missing"):
    """A file that lacks its end, which is used as far as it goes."""
    return Kind(make, seconds=seconds, near=near, words=words)


def bad(words, make):
    return Kind(make, words=words)


# where the decoder chooses its words
BROKEN = "cannot be decoded|damaged|truncated"
# seconds of a frame of mp3 and of a block of ADPCM, and more
FRAME, BLOCK = 0.06, 0.05
wav = encoded
zeros = bytes


def junk(n, seed=0):
    """Noise as bytes that does not look like the start of an mp3 frame."""
    return np.random.default_rng(seed).bytes(n).replace(b"\xff", b"\xfe")


NOISE = junk(9000)

WAV = {
    f"{subtype.lower()}.wav": whole(functools.partial(wav, "WAV", subtype), near=near)
    for subtype, near in {
        **dict.fromkeys(("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"), 0),
        **dict.fromkeys(("DOUBLE", "ULAW", "ALAW"), 0),
        **dict.fromkeys(("IMA_ADPCM", "MS_ADPCM", "GSM610", "G721_32"), BLOCK),
    }.items()
} | {
    "mp3 inside.wav": whole(
        lambda: mp3_in_wav(mp3(1), fact=b"fact" + struct.pack("<II", 4, 44100)),
        near=FRAME,
    ),
    "extensible.wav": whole(lambda: wav("WAVEX", "PCM_24", channels=2)),
    "extensible 6 channels.wav": whole(lambda: wav("WAVEX", "PCM_16", channels=6)),
    "big-endian.wav": whole(lambda: wav(endian="BIG")),
    "rf64.wav": whole(lambda: wav("RF64")),
    "wave64.w64": whole(lambda: wav("W64")),
    "255 channels.wav": whole(lambda: wav(channels=255, seconds=0.5), 0.5),
    "data size 0.wav": whole(lambda: sized(wav(), b"data", 0)),
    "data size 0 in rf64.wav": whole(
        lambda: patched(wav("RF64"), b"ds64", zeros(16), skip=12)
    ),
    "all sizes 0.wav": whole(lambda: sized(sized(wav(), b"RIFF", 0), b"data", 0)),
    "data size 2^32-1.wav": whole(lambda: sized(wav(), b"data", 2**32 - 1)),
    "data size 2^31-1.wav": whole(lambda: sized(wav(), b"data", 2**31 - 1)),
    "riff size too small.wav": whole(lambda: sized(wav(), b"RIFF", 100)),
    "riff size too large.wav": whole(lambda: sized(wav(), b"RIFF", 2**30)),
    "list before.wav": whole(lambda: with_chunk(wav(), b"LIST", b"INFOIART\2\0\0\0ab")),
    "list of odd size, not padded.wav": whole(
        lambda: with_chunk(wav(), b"LIST", b"INFOIART\3\0\0\0abc")
    ),
    "list of odd size, padded.wav": whole(
        lambda: with_chunk(wav(), b"LIST", b"INFOIART\3\0\0\0abc\0", size=15)
    ),
    "list entry padded to 4 bytes.wav": whole(
        lambda: with_chunk(wav(), b"LIST", b"INFOIART\5\0\0\0abcde\0\0\0")
    ),
    "list of zeros.wav": whole(lambda: with_chunk(wav(), b"LIST", zeros(5000))),
    "list longer than the file.wav": whole(
        lambda: with_chunk(wav(), b"LIST", b"INFO", size=10**6)
    ),
    "list behind.wav": whole(
        lambda: with_chunk(wav(), b"LIST", b"INFOIART\2\0\0\0ab", behind=True)
    ),
    "list behind, cut.wav": whole(
        lambda: with_chunk(wav(), b"LIST", b"INFO", size=500, behind=True)
    ),
    "junk behind.wav": whole(lambda: wav() + junk(999)),
    "id3 before.wav": whole(lambda: id3(500) + wav()),
    "44,099 Hz.wav": whole(lambda: wav(rate=44099)),
    "192 kHz.wav": whole(lambda: wav(rate=192000)),
    "silence.wav": whole(lambda: float_wav(np.zeros(RATE))),
    "denormal.wav": whole(lambda: float_wav(np.full(RATE, 1e-42))),
    "cut in a sample.wav": bad("truncated", lambda: wav(subtype="PCM_24")[:-1]),
    "cut at 97 %.wav": bad("truncated", lambda: cut(wav(), 0.97)),
    "cut at 10 %.wav": bad("truncated", lambda: cut(wav(), 0.1)),
    "cut in rf64.wav": bad("truncated", lambda: cut(wav("RF64"), 0.5)),
    "cut.w64": bad("truncated", lambda: cut(wav("W64"), 0.5)),
    "cut adpcm.wav": bad("truncated", lambda: cut(wav(subtype="IMA_ADPCM"), 0.5)),
    "header only.wav": bad("truncated", lambda: wav()[:44]),
    "half a header.wav": bad("cannot be decoded", lambda: wav()[:30]),
    "12 bytes.wav": bad("cannot be decoded", lambda: wav()[:12]),
    "no samples.wav": bad("no samples", lambda: wav(seconds=0)),
    "ds64 of 2^36.wav": bad(
        "truncated",
        lambda: patched(wav("RF64"), b"ds64", struct.pack("<Q", 2**36), skip=12),
    ),
    "rate 0.wav": bad(BROKEN, lambda: with_field(wav(), 4, "<I", 0)),
    "rate 1.wav": bad("1 Hz", lambda: with_field(wav(), 4, "<I", 1)),
    "rate 7 MHz.wav": bad("7000000 Hz", lambda: with_field(wav(), 4, "<I", 7_000_000)),
    "rate 2^32-1.wav": bad(BROKEN, lambda: with_field(wav(), 4, "<I", 2**32 - 1)),
    "no channels.wav": bad(BROKEN, lambda: with_field(wav(), 2, "<H", 0)),
    "65,535 channels.wav": bad(BROKEN, lambda: with_field(wav(), 2, "<H", 65535)),
    "no bits.wav": bad(BROKEN, lambda: with_field(wav(), 14, "<H", 0)),
    "unknown codec.wav": bad("cannot be", lambda: with_field(wav(), 0, "<H", 0xFFF)),
    "nan.wav": bad("NaN", lambda: float_wav([0.1] * 5000 + [np.nan] + [0.1] * 5000)),
    "inf.wav": bad("infinite", lambda: float_wav([0.1] * 5000 + [-np.inf])),
    "all nan.wav": bad("NaN", lambda: float_wav([np.nan] * RATE)),
    "1e30.wav": bad("far outside", lambda: float_wav(1e30 * noise())),
    "one sample of 3e38.wav": bad("far outside", lambda: float_wav([3e38, 0.1] * 5000)),
    "floats at int32 scale.wav": bad("far outside", lambda: float_wav(2e9 * noise())),
}

UNCOMPRESSED = {
    "plain.aiff": whole(lambda: wav("AIFF")),
    "little-endian.aifc": whole(lambda: wav("AIFF", endian="LITTLE")),
    "float.aifc": whole(lambda: wav("AIFF", "FLOAT")),
    "cut.aiff": bad("truncated", lambda: cut(wav("AIFF"), 0.7)),
    "size 2^31.aiff": bad("truncated", lambda: sized(wav("AIFF"), b"SSND", 2**30, ">")),
    "header only.aiff": bad(BROKEN, lambda: wav("AIFF")[:40]),
    "plain.au": whole(lambda: wav("AU")),
    "mu-law.au": whole(lambda: wav("AU", "ULAW")),
    "size unknown.au": whole(lambda: sized(wav("AU"), 8, 2**32 - 1)),
    "size 0.au": whole(lambda: sized(wav("AU"), 8, 0)),
    "cut.au": bad("truncated", lambda: cut(wav("AU"), 0.7)),
    "header only.au": bad("truncated", lambda: wav("AU")[:24]),
    "plain.caf": whole(lambda: wav("CAF")),
    "alac.caf": whole(lambda: wav("CAF", "ALAC_16"), near=0.2),
    "cut.caf": bad("truncated", lambda: cut(wav("CAF"), 0.7)),
    "sphere.wav": whole(lambda: wav("NIST")),
    "cut sphere.wav": bad("truncated", lambda: cut(wav("NIST"), 0.7)),
    "voc named wav.wav": whole(lambda: wav("VOC")),
    "cut voc.wav": bad("truncated", lambda: cut(wav("VOC"), 0.7)),
    "wav named mp3.mp3": whole(wav),
    "wav named flac.flac": whole(wav),
    "flac named wav.wav": whole(flac),
    "mp3 named wav.wav": whole(lambda: mp3(1), near=FRAME),
    "ogg named mp3.mp3": whole(ogg),
}

FLAC = {
    "8 bit.flac": whole(lambda: flac(subtype="PCM_S8")),
    "24 bit.flac": whole(lambda: flac(subtype="PCM_24")),
    "8 channels.flac": whole(lambda: flac(channels=8)),
    "total unknown.flac": whole(lambda: flac_total(flac(), 0)),
    "total unknown, stereo.flac": whole(lambda: flac_total(flac(channels=2), 0)),
    "total too small.flac": whole(lambda: flac_total(flac(), RATE // 2)),
    "id3 before.flac": whole(lambda: id3(500) + flac()),
    "id3v1 behind.flac": whole(lambda: flac() + ID3V1),
    "zeros behind.flac": whole(lambda: flac() + zeros(3000)),
    "total of 2^35.flac": bad("truncated", lambda: flac_total(flac(), 2**35)),
    "total too large.flac": bad("truncated", lambda: flac_total(flac(), RATE + 9999)),
    "cut at 97 %.flac": bad(BROKEN, lambda: cut(flac(), 0.97)),
    "cut at 50 %.flac": bad(BROKEN, lambda: cut(flac(), 0.5)),
    "cut, total unknown.flac": bad(BROKEN, lambda: cut(flac_total(flac(), 0), 0.5)),
    "header only.flac": bad("has none", head_of_flac),
    "half a header.flac": bad(BROKEN, lambda: flac()[:20]),
    "no frames.flac": bad("no samples", lambda: flac_total(head_of_flac(), 0)),
    "zeros inside.flac": bad("damaged", lambda: patched(flac(), 9000, zeros(5000))),
    "junk inside.flac": bad("damaged", lambda: patched(flac(), 9000, junk(5000))),
    "one bit wrong.flac": bad("damaged", lambda: patched(flac(), 9000, b"\x55\xaa")),
}


MPEG = b"\xff\xfb\x90\x64"  # the header of a frame


def bare(*music, **how):
    """An mp3 without a header: frames alone."""
    return headerless(mp3(*music, **how))


MP3 = {
    "constant.mp3": whole(lambda: mp3(1), near=FRAME),
    "variable.mp3": whole(lambda: mp3(1, mode="VARIABLE"), near=FRAME),
    "constant, no header.mp3": whole(lambda: bare(1), near=FRAME),
    "variable, no header.mp3": whole(lambda: bare(1, mode="VARIABLE"), near=FRAME),
    "no header, stereo.mp3": whole(lambda: bare(1, channels=2), near=FRAME),
    "mpeg 2.mp3": whole(lambda: mp3(1, 22050), near=2 * FRAME),
    "mpeg 2, no header.mp3": whole(lambda: bare(1, 24000), near=2 * FRAME),
    "mpeg 2.5, no header.mp3": whole(lambda: bare(1, 8000), near=3 * FRAME),
    "zeros behind.mp3": whole(lambda: bare(1) + zeros(100_000), near=FRAME),
    "zeros before.mp3": whole(lambda: zeros(5000) + bare(1), near=FRAME),
    "junk before.mp3": whole(lambda: junk(3000) + bare(1), near=FRAME),
    "junk behind.mp3": whole(lambda: bare(1) + junk(3000), near=FRAME),
    "zeros between.mp3": whole(lambda: bare(1) + zeros(5000) + bare(1), 2, 2 * FRAME),
    "junk between.mp3": whole(lambda: bare(1) + junk(2500) + bare(1), 2, 3 * FRAME),
    "joined.mp3": whole(lambda: mp3(1) + mp3(1), 2, 3 * FRAME),
    "joined with tags.mp3": whole(
        lambda: 2 * (id3(300) + mp3(1) + ID3V1), 2, 3 * FRAME
    ),
    "joined, no headers.mp3": whole(lambda: 3 * bare(1), 3, 4 * FRAME),
    "starts in a frame.mp3": whole(lambda: bare(1)[700:], near=3 * FRAME),
    "id3 before.mp3": whole(lambda: id3(30_000) + bare(1), near=FRAME),
    "two id3 before.mp3": whole(lambda: id3(300) + id3(3) + bare(1), near=FRAME),
    "id3 with a wrong size.mp3": whole(
        lambda: id3_claiming(1000, 300) + bare(1), near=3 * FRAME
    ),
    "id3 longer than the file.mp3": whole(
        lambda: id3_claiming(2**27, 300) + bare(1), near=FRAME
    ),
    "ape and id3v1 behind.mp3": whole(lambda: bare(1) + ape(500) + ID3V1, near=FRAME),
    "vbri.mp3": whole(lambda: vbri(mp3(1)), near=FRAME),
    "header promises too few.mp3": whole(lambda: promising(20, mp3(1)), near=FRAME),
    "header promises nothing.mp3": whole(lambda: promising(0, mp3(1)), near=FRAME),
    "ends in a frame, no header.mp3": cut_short(
        lambda: bare(1)[:-100], 1, 2 * FRAME, "last frame is cut"
    ),
    "header promises too many.mp3": bad("truncated", lambda: promising(80, mp3(1))),
    "header promises 2^32.mp3": bad("truncated", lambda: promising(2**32 - 1, mp3(1))),
    "cut at 50 %.mp3": bad("truncated", lambda: cut(mp3(1), 0.5)),
    "cut at 97 %.mp3": bad("truncated", lambda: cut(mp3(1, mode="VARIABLE"), 0.9)),
    "joined, rates differ.mp3": bad("joined", lambda: bare(1) + bare(1, 48000)),
    "joined, mono and stereo.mp3": bad("joined", lambda: bare(1) + bare(1, channels=2)),
    "joined, the second cut.mp3": bad("truncated", lambda: mp3(1) + cut(mp3(1), 0.5)),
    "id3 only.mp3": bad(BROKEN, lambda: id3(3000)),
    "header frame only.mp3": bad(BROKEN, lambda: mp3(1)[: -len(bare(1))]),
    "junk with headers in it.mp3": bad(
        "cannot be decoded",
        lambda: MPEG.join(map(junk, range(9, 900, 7))),
    ),
}

OGG = {
    "vorbis.ogg": whole(ogg),
    "opus.opus": whole(opus, near=0.01),
    "joined.ogg": whole(lambda: ogg() + with_serial(ogg(seed=1), b"abcd"), 2),
    "joined.opus": whole(lambda: opus() + with_serial(opus(seed=1), b"abcd"), 2, 0.02),
    "three joined.ogg": whole(
        lambda: ogg() + with_serial(ogg(), b"abcd") + with_serial(ogg(), b"efgh"), 3
    ),
    "no last page.ogg": cut_short(lambda: without_page(ogg(seconds=3), -1), 2.5, 0.5),
    "no last page.opus": cut_short(lambda: without_page(opus(seconds=3), -1), 2.5, 0.5),
    "cut in a page.ogg": cut_short(lambda: cut(ogg(seconds=3), 0.6), 1.5, 0.5),
    "cut in a page.opus": cut_short(lambda: cut(opus(seconds=3), 0.6), 1.5, 0.6),
    "two at the same time.ogg": whole(
        lambda: multiplexed(ogg(), with_serial(ogg(), b"abcd"))
    ),
    "joined, rates differ.ogg": bad(
        "joined", lambda: ogg() + with_serial(ogg(rate=44100), b"abcd")
    ),
    "joined, mono and stereo.ogg": bad(
        "joined", lambda: ogg() + with_serial(ogg(channels=2), b"abcd")
    ),
    "page lost.ogg": bad("missing", lambda: without_page(ogg(seconds=3), 3)),
    "page lost.opus": bad("missing", lambda: without_page(opus(seconds=3), 3)),
    "page twice.ogg": bad("twice", lambda: with_page_twice(ogg(seconds=3), 3)),
    "junk in a page.ogg": bad("damaged", lambda: patched(ogg(seconds=3), 8000, NOISE)),
    "header pages only.ogg": bad(BROKEN, lambda: b"".join(pages_of(ogg())[:2])),
    "first page only.ogg": bad(BROKEN, lambda: pages_of(ogg())[0]),
}


def foreign(name):
    rate = 48000 if "opus" in name else 44100
    return encode(sweep(1, rate), name, rate=rate)


def without_index(mp4):
    """An MP4 file without its last box, as a recorder leaves it that stopped."""
    return mp4[: mp4.index(b"moov") - 4]


# needs the optional codecs
FOREIGN = {
    "aac.m4a": whole(lambda: foreign("aac.m4a"), near=FRAME),
    "alac.m4a": whole(lambda: foreign("alac.m4a")),
    "opus.webm": whole(lambda: foreign("opus.webm"), near=FRAME),
    "wma.wma": whole(lambda: foreign("wma.wma"), near=FRAME),
    "wavpack.wv": whole(lambda: foreign("wavpack.wv")),
    "flac in ogg.oga": whole(lambda: foreign("flac.oga")),
    "aac.aac": whole(lambda: foreign("aac.aac"), near=FRAME),
    "ac3.ac3": whole(lambda: foreign("ac3.ac3"), near=2 * FRAME),
    "id3 before.aac": whole(lambda: id3(500) + foreign("aac.aac"), near=FRAME),
    "aac named mp3.mp3": whole(lambda: foreign("aac.m4a"), near=FRAME),
    "film with sound.mp4": whole(lambda: with_video("aac", True), near=FRAME),
    "film without sound.mp4": bad("no sound track", lambda: with_video("aac", False)),
    "cut.m4a": bad("truncated", lambda: cut(foreign("aac.m4a"), 0.7)),
    "cut.wma": bad("truncated", lambda: cut(foreign("wma.wma"), 0.7)),
    "cut.wv": bad(BROKEN, lambda: cut(foreign("wavpack.wv"), 0.7)),
    "cut.webm": bad("truncated", lambda: cut(foreign("opus.webm"), 0.7)),
    "no index.m4a": bad(BROKEN, lambda: without_index(foreign("aac.m4a"))),
    "junk inside.m4a": bad(BROKEN, lambda: patched(foreign("alac.m4a"), 9000, NOISE)),
    "header only.m4a": bad(BROKEN, lambda: foreign("aac.m4a")[:40]),
    "header only.webm": bad(BROKEN, lambda: foreign("opus.webm")[:60]),
    "header only.wma": bad(BROKEN, lambda: foreign("wma.wma")[:30]),
    "random bytes behind ftyp.m4a": bad(
        BROKEN, lambda: foreign("aac.m4a")[:32] + junk(9000)
    ),
    "random bytes behind a header.wma": bad(
        BROKEN, lambda: foreign("wma.wma")[:30] + junk(9000)
    ),
}


def sqlite():
    connection = sqlite3.connect(":memory:")
    connection.execute("create table songs (title)")
    return connection.serialize()


def npz():
    file = io.BytesIO()
    np.savez(file, X=noise())
    return file.getvalue()


class Bomb:
    """What calls ``os._exit`` when it is unpickled."""

    def __reduce__(self):
        return os._exit, (99,)


NO_AUDIO = {
    "0 bytes.mp3": bad("0 bytes", lambda: b""),
    "1 byte.mp3": bad("cannot be decoded", lambda: b"\xff"),
    "3 bytes.flac": bad("cannot be decoded", lambda: b"fLa"),
    "text.wav": bad("cannot be decoded", lambda: b"the quick brown fox " * 300),
    "utf-16.mp3": bad("cannot be decoded", lambda: ("a song" * 300).encode("utf-16")),
    "web page.mp3": bad("web page", lambda: b"\n<!DOCTYPE html><html>404</html>"),
    "playlist.mp3": bad("cannot be decoded", lambda: b"#EXTM3U\nsong.mp3\n" * 20),
    "picture.mp3": bad(BROKEN, lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + junk(20_000)),
    "picture.wav": bad(BROKEN, lambda: b"\x89PNG\r\n\x1a\n" + junk(20_000)),
    "webp.wav": bad(BROKEN, lambda: b"RIFF\x24\x4e\0\0WEBPVP8 " + junk(20_000)),
    "film.wav": bad(BROKEN, lambda: b"RIFF\x24\x4e\0\0AVI LIST" + junk(20_000)),
    "document.ogg": bad(BROKEN, lambda: b"%PDF-1.7\n" + junk(20_000)),
    "archive.flac": bad(BROKEN, zipped),
    "gzip.mp3": bad(BROKEN, lambda: gzip.compress(wav())),
    "database.mp3": bad(BROKEN, sqlite),
    "arrays.wav": bad(BROKEN, npz),
    "pickle.wav": bad(BROKEN, lambda: pickle.dumps(Bomb())),
    "program.mp3": bad(BROKEN, lambda: b"\x7fELF\2\1\1" + zeros(9) + NOISE),
    "midi.mp3": bad(BROKEN, lambda: b"MThd\0\0\0\6\0\1\0\2\0\xf0MTrk" + junk(2000)),
    "zeros.mp3": bad(BROKEN, lambda: zeros(50_000)),
    "all 255.mp3": bad(BROKEN, lambda: b"\xff" * 50_000),
    **{
        f"random bytes{ending}": bad("cannot be decoded", lambda k=k: junk(30_000, k))
        for k, ending in enumerate(
            (".wav", ".mp3", ".flac", ".ogg", ".aiff", ".au", ".m4a", ".wma", ".aac")
        )
    },
    "random bytes behind RIFF.wav": bad(BROKEN, lambda: wav()[:12] + NOISE),
    "random bytes behind OggS.ogg": bad(BROKEN, lambda: b"OggS" + NOISE),
    "random bytes behind fLaC.flac": bad(BROKEN, lambda: b"fLaC" + NOISE),
    "random bytes behind FORM.aiff": bad(BROKEN, lambda: b"FORM" + NOISE),
    "random bytes behind caff.caf": bad(BROKEN, lambda: b"caff\0\1\0\0" + NOISE),
    "random bytes behind .snd.au": bad(BROKEN, lambda: b".snd" + NOISE),
}

NAMES = {
    name: whole(wav)
    for name in (
        os.fsdecode(b"caf\xe9.wav"),
        "two\nlines.wav",
        "a\ttab.wav",
        "quotes \" and '.wav",
        "%s {} %d.wav",
        "-h.wav",
        "--json.wav",
        " blank .wav",
        "e\u0301 in two parts.wav",
        "\N{GUITAR}.wav",
        "\u202egnp.wav",
        246 * "n" + ".wav",
        "UPPER.WAV",
    )
}

KINDS = WAV | UNCOMPRESSED | FLAC | MP3 | OGG | FOREIGN | NO_AUDIO | NAMES
