"""Pictures of a hearing, as SVG that takes the colors of the page around it."""

import io
import re
from pathlib import Path

from ..features import MelSpectrogram

_INK = "#123456"  # stands for the color of text, and is in no color map
_STYLE = {
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "axes.titlesize": 10,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "svg.fonttype": "path",
    "savefig.dpi": 110,  # of what is a raster: the spectrogram
}
# inches: of a screen, and of a phone, where the letters are as large
WIDTHS = {"wide": 8.6, "slim": 4.3}
_ROWS = 6
_SPECTROGRAM = MelSpectrogram(hop_length=2048, n_mels=96)


def song_pictures(hearing, path):
    """Return pictures of a song over time, by the name of their width.

    Parameters
    ----------
    hearing : Hearing
    path : path-like

    Returns
    -------
    pictures : dict of str to str
        SVG: the spectrogram, and below it genres and tags.
    """
    from ..plotting import SpectrogramDisplay, TaggramDisplay

    values = _SPECTROGRAM.transform([Path(path)])
    displays = [SpectrogramDisplay(values, front_end=_SPECTROGRAM, titles=[""])]
    parts = ((hearing.genres, hearing.window), (hearing.tags, 3.0))
    for found, window in parts:
        if found is not None:
            displays.append(TaggramDisplay(found, window=window, top=_ROWS))
    return {
        name: _stacked(displays, inches, hearing.seconds)
        for name, inches in WIDTHS.items()
    }


def _stacked(displays, inches, end):
    """Draw displays below each other, over the same time."""
    import matplotlib
    from matplotlib.figure import Figure

    rows = [2.0, *(0.25 * _ROWS + 0.5 for _ in displays[1:])]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(inches, sum(rows)), layout="constrained")
        axes = figure.subplots(len(rows), sharex=True, height_ratios=rows)
        for display, ax in zip(displays, axes, strict=True):
            display.plot(ax=ax, colorbar=inches == WIDTHS["wide"])
        # the last windows may end before the song, and that of a short one after it
        axes[0].set_xlim(0, end)
        for ax in axes[:-1]:
            ax.label_outer()
        return _svg(figure)


def reason_pictures(display):
    """Return pictures of what spoke for an answer, by the name of their width."""
    import matplotlib
    from matplotlib.figure import Figure

    pictures = {}
    for name, inches in WIDTHS.items():
        with matplotlib.rc_context(_STYLE):
            figure = Figure(figsize=(inches, 4.4), layout="constrained")
            display.plot(ax=figure.subplots(2, sharex=True, sharey=True))
            pictures[name] = _svg(figure)
    return pictures


def _svg(figure):
    """Return a figure as SVG inside a page, without styles, text as the page's."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return text.replace(_INK, "currentColor")
