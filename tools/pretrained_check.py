"""Check "gtzan-scratch" on audio: compare input and answers with those for images.

    OMP_NUM_THREADS=1 python -m tools.pretrained_check --data DIR

``DIR`` holds ``gtzan/gtzan_mel_images.npz``, some of its clips as audio under
``gtzan/clips``, and free recordings with a text beside each under ``free_audio``. The
model is trained on the images; `load_pretrained` computes its own from audio. The clips
are songs that the model was trained on, so its answers are not scores: only the
difference between image and audio counts, and that between a clip and the same clip
made quieter or shorter.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline

from benchmarks._header import FOLDER, header, publish
from sklearn_genre import (
    FrameSubsampler,
    load_audio,
    load_pretrained,
    predict_files,
    recipes,
)

RESULTS = FOLDER / "pretrained_check.txt"
GRAYS_PER_DB = 255 / 80
# of the frames at a hop of 512, those that the images hold
IMAGE_FRAMES = {"n_frames": 334, "offset": 1.87, "span": 334.8}
AUDIO = (".wav", ".au")
RATE = 22050
GAINS = (0.1, 0.01, 0.001, 0.0001)
SECONDS = (10, 3, 1)


def exact_chain():
    """Make the chain from audio to the values of the images."""
    mel = recipes.best()["front_end"].set_params(hop_length=512)
    return make_pipeline(mel, FrameSubsampler(**IMAGE_FRAMES))


def clips(folder):
    """Return the paths of all clips that are available as audio."""
    return [p for p in sorted((folder / "clips").glob("*/*")) if p.suffix in AUDIO]


def matched(folder):
    """Return the paths of clips that have an image, and the images in dB."""
    with np.load(folder / "gtzan_mel_images.npz") as data:
        row = {name: i for i, name in enumerate(data["clip"].tolist())}
        paths = [p for p in clips(folder) if p.stem in row]
        images = data["mel"][[row[p.stem] for p in paths]]
    return paths, images / np.float32(GRAYS_PER_DB) - 80


def in_step(spectrogram, n_samples, hop_length):
    """Return the columns of a spectrogram that are nearest to those of the image."""
    n = 1 + n_samples // 512
    at = np.arange(IMAGE_FRAMES["n_frames"]) + IMAGE_FRAMES["offset"]
    picked = np.minimum(np.round(n * at / IMAGE_FRAMES["span"]), n - 1)
    nearest = np.round(picked * 512 / hop_length).astype(int)
    return spectrogram[:, np.minimum(nearest, spectrogram.shape[1] - 1)]


def rms(difference):
    """Return the root mean square in gray levels."""
    return float(np.sqrt(np.mean(np.square(difference)))) * GRAYS_PER_DB


def front_end_differences(paths, images):
    """Return the differences of each clip in gray levels, by name."""
    exact, recipe = exact_chain(), recipes.best()["front_end"]
    hop, rows = recipe.hop_length, []
    for path, image in zip(paths, images, strict=True):
        ours = np.asarray(recipe.fit_transform([path]))[0]
        n_samples = 512 * (exact[0].fit_transform([path])[0].shape[-1] - 1)
        near = in_step(ours, n_samples, hop)
        bands = near.mean(axis=1) - image.mean(axis=1)
        rows.append(
            {
                "exact chain": rms(exact.fit_transform([path])[0] - image),
                "hop 1977, nearest frames": rms(near - image),
                "hop 1977, means of bands": rms(bands),
                "for scale: next frame of the image": rms(np.diff(image, axis=1)),
            }
        )
    return rows


def head(title):
    """Return the first line of a table."""
    return f"{title:<44}{'median':>8}{'largest':>9}"


def front_end_lines(rows):
    """Yield the median and largest difference over the clips."""
    yield head("RMS difference from the image, gray levels")
    for name in rows[0]:
        values = [row[name] for row in rows]
        yield f"{name:<44}{np.median(values):8.2f}{max(values):9.2f}"


def comparison(name, changed, whole):
    """Return how far two sets of answers for the same clips are apart."""
    difference = np.abs(changed - whole).max(axis=1)
    same = int((changed.argmax(axis=1) == whole.argmax(axis=1)).sum())
    return (
        f"{name:<44}{np.median(difference):8.3f}{difference.max():9.3f}"
        f"   same genre first: {same} of {len(whole)}"
    )


def probability_lines(model, paths, images):
    """Yield how far apart the answers for image and audio are."""
    chains = {"exact chain": exact_chain(), "hop 1977": model["front_end"]}
    seen = load_like(model, "passthrough").predict_proba(images)
    yield head("difference of a probability from the image")
    for name, chain in chains.items():
        heard = load_like(model, chain).predict_proba(paths)
        yield comparison(name, heard, seen)


def load_like(model, front_end):
    """Return the fitted model with another front end."""
    return type(model)([("front_end", front_end), *model.steps[1:]])


def peaks_at_floor(front_end, waveforms):
    """Return each clip's peak at which its softest values reach the fixed floor."""
    # values below amin count as amin, and the range is 80 dB
    least = front_end.amin * 10 ** (front_end.top_db / 20)
    power = type(front_end)(**{**front_end.get_params(), "scale": "power"})
    loudest = [np.max(S) for S in power.fit_transform(waveforms)]
    peaks = [np.abs(x).max() for x in waveforms]
    return [
        float(peak * np.sqrt(least / most))
        for peak, most in zip(peaks, loudest, strict=True)
    ]


def middle(waveform, seconds):
    """Return the middle of a clip."""
    n = seconds * RATE
    start = (len(waveform) - n) // 2
    return waveform[start : start + n]


def altered_lines(model, paths):
    """Yield how the loudness and length of a clip change the answers."""
    yield (
        f"All {len(paths)} clips that are here, quieter and shorter, three excerpts "
        "each;\nthose with an image are songs of the training, so these are no scores "
        "either."
    )
    waveforms = [load_audio(path, sample_rate=RATE)[0] for path in paths]
    whole = model.predict_proba(waveforms)
    peaks = peaks_at_floor(model["front_end"], waveforms)
    yield (
        "peak of the samples below which soft values are lost, full scale 1: "
        f"{min(peaks):.1e} to {max(peaks):.1e}, median {np.median(peaks):.1e}"
    )
    yield head("difference of a probability from the clip's")
    for gain in GAINS:
        quiet = model.predict_proba([x * np.float32(gain) for x in waveforms])
        yield comparison(f"samples times {gain}", quiet, whole)
    for seconds in SECONDS:
        short = model.predict_proba([middle(x, seconds) for x in waveforms])
        yield comparison(f"{seconds} s from the middle", short, whole)


def free_lines(model, folder):
    """Yield the answers for recordings that are not from GTZAN."""
    files = sorted(folder.glob("*.ogg"))
    for said in predict_files(model, files, top=3):
        text = Path(said.path).with_suffix(".txt").read_text(encoding="utf-8")
        answer = ", ".join(
            f"{genre} {p:.2f}" for genre, p in zip(said.labels, said.proba, strict=True)
        )
        yield f"{answer}\n    {text.splitlines()[0].strip()}"


def report(data):
    """Yield all lines below the header."""
    paths, images = matched(data / "gtzan")
    yield f"clips: {len(paths)} of GTZAN that have an image and are here as audio"
    yield ""
    yield from front_end_lines(front_end_differences(paths, images))
    yield ""
    model = load_pretrained("gtzan-scratch", n_excerpts=1)
    yield "These clips are among the songs of the training: no scores."
    yield from probability_lines(model, paths, images)
    yield ""
    model = load_pretrained("gtzan-scratch")
    yield from altered_lines(model, clips(data / "gtzan"))
    yield ""
    yield "Free recordings, three excerpts each; the model knows ten genres only:"
    yield from free_lines(model, data / "free_audio")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    command = "OMP_NUM_THREADS=1 python -m tools.pretrained_check --data DIR"
    lines = header(command, "sklearn-genre", "librosa", "scikit-learn", "torch")
    lines += report(options.data)
    publish("\n".join(lines) + "\n", options.output)


if __name__ == "__main__":
    main()
