"""Genres or tags of a song over time, as strips under its spectrogram."""

import base64

import numpy as np

from ..._utils.page import png_bytes

_COLUMNS = 240  # of a strip
#: What a page says of them.
ABOUT_STRIPS = (
    "Strips are probabilities over the time of a song, from 0 (dark) to 1 (light)."
)


def strips(clip, seconds, over_time, names):
    """Return a strip for each of some genres or tags of a song.

    Parameters
    ----------
    clip : path-like or any other form of audio
    seconds : float or None
        Length of the song; None where it is not known, as of a spectrogram.
    over_time : callable or None
        From a clip to a Taggram, or to a pair of it and the seconds of a window.
    names : sequence of str

    Returns
    -------
    strips : list of dict
        "name", "source" (a data URI), "width" (percent of the song that was heard) and
        "words". Empty if nothing is known, or the song is one window.
    """
    if over_time is None or seconds is None:
        return []
    found = over_time(clip)
    found, window = found if isinstance(found, tuple) else (found, None)
    times = np.asarray(found.times, dtype=float)
    if len(times) < 2:
        return []
    step = times[1] - times[0]
    end = min(times[-1] + (step if window is None else window), seconds)
    columns = _columns(times, step if window is None else window, end)
    known = [str(tag) for tag in found.tags]
    return [
        _strip(name, found.values[columns, known.index(str(name))], end / seconds)
        for name in names
        if str(name) in known
    ]


def _columns(times, window, end):
    """Return the window that each column of a strip shows: the one nearest to it."""
    at = (np.arange(_COLUMNS) + 0.5) / _COLUMNS * end
    return np.abs(times[None] + window / 2 - at[:, None]).argmin(axis=1)


def _strip(name, values, share):
    """Return one strip, with what it shows in words."""
    pixels = np.clip(np.asarray(values, dtype=float) * 255, 0, 255)
    png = png_bytes(pixels.round().astype(np.uint8)[None])
    low, high = float(np.min(values)), float(np.max(values))
    return {
        "name": name,
        "source": f"data:image/png;base64,{base64.b64encode(png).decode()}",
        "width": 100 * share,
        "words": f"{name} over time, from {low:.2f} to {high:.2f}",
    }
