"""Inputs found by coverage: atheris on the readers of audio and of model files.

    python -m tools.faults.fuzz audio|models [--minutes 5] [--corpus FOLDER]

atheris, which is no dependency of the package (``pip install atheris``), changes inputs
so that they reach new lines of the package's own readers. An audio file must give
finite samples or an AudioError, a model file a model or a ValueError; anything else
ends the run, and the input is kept as ``crash-...`` in the current folder. Inputs that
reach new lines are kept in the corpus.
"""

import argparse
import io
import tempfile
import warnings
import zipfile
from pathlib import Path

import atheris

import tools.faults  # noqa: F401  (finds the makers of files)

# the rooms whose lines are counted
OWN = {
    "audio": ["sklearn_genre.audio"],
    "models": ["sklearn_genre.pretrained", "sklearn_genre._utils.archive"],
}


def audio():
    """Return a function of bytes, and inputs to begin with."""
    import numpy as np

    from sklearn_genre import AudioError, load_audio

    from .audio import SOURCES

    def one(data):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                wave, rate = load_audio(data)
            except AudioError:
                return
        if not np.isfinite(wave).all() or len(wave) > 3600 * rate:
            raise RuntimeError(f"{len(wave)} samples at {rate} Hz")

    return one, [make() for make in SOURCES.values()]


def models():
    """Return a function of bytes, and inputs to begin with."""
    from sklearn_genre import load_model

    from .models import sound

    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name, "model.skops")

    def one(data):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path.write_bytes(data)
            try:
                load_model(path)
            except ValueError as error:
                if "model.skops" not in str(error):
                    raise RuntimeError("an error without the name") from error

    one.folder = folder  # it goes with the function
    return one, [content for _, content, _ in sound()]


def with_right_sums(data, size, seed):
    """Change a member of a zip file and write its checksum anew."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:
        return atheris.Mutate(data, size)
    if not members:
        return atheris.Mutate(data, size)
    name = sorted(members)[seed % len(members)]
    members[name] = atheris.Mutate(members[name], len(members[name]) + 64)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for one, content in members.items():
            archive.writestr(one, content)
    return file.getvalue()[:size]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=OWN)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--corpus", type=Path)
    options = parser.parse_args()
    with atheris.instrument_imports(include=OWN[options.what]):
        one, seeds = {"audio": audio, "models": models}[options.what]()
    with tempfile.TemporaryDirectory() as folder:
        corpus = options.corpus or Path(folder)
        corpus.mkdir(exist_ok=True)
        for k, content in enumerate(seeds):
            (corpus / f"seed-{k}").write_bytes(content)
        limits = ["-max_len=400000", "-rss_limit_mb=4000", "-timeout=30"]
        limits.append(f"-max_total_time={60 * options.minutes:.0f}")
        custom = {"custom_mutator": with_right_sums} if options.what == "models" else {}
        atheris.Setup(["fuzz", str(corpus), *limits], one, **custom)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
