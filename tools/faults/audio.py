"""Audio files of every format, damaged at random, by the functions that take files."""

import functools
import warnings

import numpy as np

from sklearn_genre import (
    FrameDescriptors,
    MelSpectrogram,
    audit,
    extract_features,
    load_audio,
    load_folder,
    predict_files,
    recipes,
)
from sklearn_genre._utils.text import printable
from tests.audio.foreign_files import encode, sweep
from tests.audio.mpeg_files import encoded as mp3
from tests.audio.mpeg_files import headerless, id3
from tests.odd_bytes import encoded, flac_total, ogg

from ._trials import Trial, here

STEREO = dict(channels=2, seconds=1.5, seed=3)
SOURCES = {
    **{
        f"{name}.wav": functools.partial(encoded, "WAV", subtype, **STEREO)
        for name, subtype in {
            **{"16 bits": "PCM_16", "24 bits": "PCM_24", "floats": "FLOAT"},
            **{"A-law": "ALAW", "IMA": "IMA_ADPCM", "MS": "MS_ADPCM"},
        }.items()
    },
    "gsm.wav": lambda: encoded("WAV", "GSM610", rate=8000, seconds=2, seed=3),
    "rf64.wav": lambda: encoded("RF64", **STEREO),
    "extensible.wav": lambda: encoded("WAVEX", "PCM_24", **STEREO),
    "wave64.w64": lambda: encoded("W64", **STEREO),
    "plain.aiff": lambda: encoded("AIFF", **STEREO),
    "float.aifc": lambda: encoded("AIFF", "FLOAT", **STEREO),
    "plain.au": lambda: encoded("AU", **STEREO),
    "plain.caf": lambda: encoded("CAF", **STEREO),
    "alac.caf": lambda: encoded("CAF", "ALAC_16", **STEREO),
    "sphere.wav": lambda: encoded("NIST", **STEREO),
    "plain.voc": lambda: encoded("VOC", **STEREO),
    "16 bits.flac": lambda: encoded("FLAC", **STEREO),
    "24 bits.flac": lambda: encoded("FLAC", "PCM_24", **STEREO),
    "unknown length.flac": lambda: flac_total(encoded("FLAC", **STEREO), 0),
    "constant.mp3": lambda: id3(300) + mp3(2, channels=2),
    "variable.mp3": lambda: mp3(2, mode="VARIABLE"),
    "no header.mp3": lambda: headerless(mp3(2, channels=2)),
    "vorbis.ogg": lambda: ogg(seconds=2.5, channels=2, seed=3),
    "opus.opus": lambda: ogg("OPUS", 48000, 2.5, seed=3),
    **{
        name: functools.partial(lambda n, rate: encode(sweep(1.5, rate), n), name, rate)
        for name, rate in {
            **dict.fromkeys(("aac.m4a", "aac.aac", "alac.m4a", "wma.wma"), 44100),
            **dict.fromkeys(("flac.oga", "wavpack.wv", "tta.tta", "ac3.ac3"), 44100),
            **dict.fromkeys(("mp3.mka", "pcm.mov", "eac3.eac3"), 44100),
        }.items()
    },
}
# damage of every frame or page shows in a checksum
CHECKED = (".flac", ".ogg", ".opus")
# these say how long they are, so that a cut shows
OPEN_ENDED = ("unknown length.flac", "no header.mp3", "aac.aac", "ac3.ac3", "eac3.eac3")
LIES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**36)
DAMAGES = (
    *("none", "cut", "bits", "header", "number", "hole", "again", "zeros", "noise"),
    "mix",
)


@functools.cache
def sound(name):
    """Return a file and what it holds."""
    content = SOURCES[name]()
    return content, load_audio(content)


def damaged(content, how, rng, other):
    """Return a file with some damage."""
    data, n = bytearray(content), len(content)
    a, b = sorted(rng.randrange(n) for _ in range(2))
    match how:
        case "cut":
            del data[a:]
        case "bits":
            for _ in range(rng.randint(1, 12)):
                data[rng.randrange(n)] ^= 1 << rng.randrange(8)
        case "header":
            for _ in range(rng.randint(1, 4)):
                data[rng.randrange(min(n, 300))] = rng.randrange(256)
        case "number":
            size, order = rng.choice((2, 4, 8)), rng.choice(("little", "big"))
            lie = rng.choice(LIES) % 2 ** (8 * size)
            at = rng.randrange(min(n, 200))
            data[at : at + size] = lie.to_bytes(size, order)
        case "hole":
            del data[a:b]
        case "again":
            data[b:b] = data[a:b]
        case "zeros":
            data[a : a + rng.randint(1, 4000)] = bytes(min(n - a, 4000))
        case "noise":
            data[a:a] = rng.randbytes(rng.randint(1, 4000))
        case "mix":
            data = data[:a] + other[rng.randrange(len(other)) :]
    return bytes(data)


def judged(name, how, wave, rate, told):
    """Compare what a damaged file gives with what it held."""
    expected, old_rate = sound(name)[1]
    if not np.isfinite(wave).all() or len(wave) > 60 * rate:
        return f"wrong: {len(wave)} samples, finite: {np.isfinite(wave).all()}"
    same = rate == old_rate and len(wave) == len(expected)
    if how == "none" and not same:
        return f"wrong: {len(wave)} samples of a sound file"
    if told or (same and np.allclose(wave, expected, atol=1e-4)):
        return "right"
    lost = 1 - len(wave) / rate * old_rate / len(expected)
    if how == "cut" and name not in OPEN_ENDED and lost > 0.1:
        return f"wrong: {lost:.0%} lost"
    if name.endswith(CHECKED):
        return f"wrong: {lost:.0%} lost, of {len(expected)} samples"
    return "not shown"


def load(name, how, path):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        wave, rate = load_audio(path)
    return judged(name, how, wave, rate, told)


def finite(rows):
    return "right" if all(np.isfinite(row).all() for row in rows) else "wrong: NaN"


def features(transformer, path):
    return finite(transformer.transform([path]))


def extract(path):
    good = good_song()
    mel = MelSpectrogram(duration=1.0, n_mels=8)
    rows = extract_features(mel, [good, path, good], here("X.npy"), batch_size=2)
    return finite(rows[:])


def good_song():
    path = here("good song.wav")
    path.write_bytes(encoded(seconds=1.5))
    return str(path)


@functools.cache
def model():
    rng = np.random.default_rng(0)
    clips = [(rng.normal(size=22050) * (0.1 + k % 2) / 5, 22050) for k in range(8)]
    return recipes.fast().fit(clips, ["dub", "waltz"] * 4)


def predict(path):
    good = good_song()
    found = list(predict_files(model(), [good, path, good], batch_size=2))
    if found[0].error or not np.allclose(found[0].proba, found[2].proba):
        return "wrong: the others suffer"
    if found[1].error:
        return (
            "refused"
            if printable(path) in found[1].error
            else f"unnamed: {found[1].error}"
        )
    return finite([found[1].proba])


def look(path):
    report = audit([good_song(), path])
    told = [f.detail for f in report.findings if path in f.name]
    usable = dict(zip(report.names, report.usable, strict=True))
    if not usable[good_song()]:
        return "wrong: the others suffer"
    return "right" if usable[path] else "refused" if told else "unnamed: no finding"


def list_folder(path):
    """List a folder of two genres that holds the file and a good one."""
    known, root = (".wav", here(path).suffix), here("music")
    for genre in ("dub", "waltz"):
        (root / genre).mkdir(parents=True)
    place = root / "dub" / here(path).name
    place.write_bytes(here(path).read_bytes())
    (root / "waltz" / "good.wav").write_bytes(encoded(seconds=1.5))
    songs = load_folder(root, on_error="skip", extensions=known)
    if str(root / "waltz" / "good.wav") not in songs.paths:
        return "wrong: the others suffer"
    return "right" if str(place) in songs.paths else "refused"


ENTRIES = {
    "MelSpectrogram": functools.partial(
        features, MelSpectrogram(duration=1.0, n_mels=8)
    ),
    "whole songs": functools.partial(features, MelSpectrogram(n_mels=8)),
    "FrameDescriptors": functools.partial(features, FrameDescriptors()),
    "extract_features": extract,
    "predict_files": predict,
    "audit": look,
    "load_folder": list_folder,
}


def trials(rng):
    """Yield damaged files without end: half to load_audio, half to the others."""
    model()
    names = list(SOURCES)
    for name in names:
        features(FrameDescriptors(), sound(name)[0])
    while True:
        name, how = rng.choice(names), rng.choice(DAMAGES)
        content = damaged(sound(name)[0], how, rng, sound(rng.choice(names))[0])
        entry = rng.choice([*ENTRIES, *["load_audio"] * len(ENTRIES)])
        run = functools.partial(load, name, how)
        run = ENTRIES.get(entry, run)
        if how == "none":
            run = functools.partial(whole, run)
        yield Trial(
            name,
            functools.partial(with_file, run, name, content),
            name=name,
            detail=f"{how}, {entry}",
        )


def with_file(run, name, content):
    """Call an entry point with the path of a file."""
    here(name).write_bytes(content)
    return run(str(here(name)))


def whole(run, path):
    """Call an entry point with a sound file, which it must not refuse."""
    outcome = run(path)
    return "wrong: a sound file" if outcome != "right" else outcome
