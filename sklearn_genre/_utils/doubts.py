"""What a user should know of a song before believing the answer."""

import numpy as np

from ..audio import AudioError
from .clips import open_song

_RATE = 22050
_SILENT = 1e-3  # 60 dB below full scale, as in `audit`
_SHORT = 3.0  # seconds that musicnn hears at once; what is shorter is repeated


def doubt_about(path):
    """Return in words why an answer for a song means little; "" if nothing is known."""
    try:
        with open_song(path, 0, sample_rate=_RATE) as song:
            seconds = song.n_samples / _RATE
            loud = (np.abs(b).max(initial=0) > _SILENT for b in song.blocks())
            if not any(loud):  # of most songs only the first block is read
                return "it is silent, so the answer means nothing"
    except AudioError:  # what cannot be read has a line already
        return ""
    if seconds >= _SHORT:
        return ""
    return f"it lasts {seconds:.1f} s, which is too short for an answer to mean much"
