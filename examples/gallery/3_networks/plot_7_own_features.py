"""
Features of your own
====================

A function from a spectrogram to rows of numbers, and a class that names it: decoding,
files, cache and workers come from the base class.
"""

import functools

import matplotlib.pyplot as plt
import numpy as np

from sklearn_genre import make_genre_audio
from sklearn_genre.features import SpectralTransformer
from sklearn_genre.parameters import Integer


def flux(S, *, lag):
    """Sum the rises over all bins: (n_bins, n_frames) to (1, n_frames)."""
    before = np.concatenate([S[..., :1].repeat(lag, axis=-1), S], axis=-1)
    rise = np.maximum(S - before[..., : S.shape[-1]], 0)
    return rise.sum(axis=-2, keepdims=True)


class SpectralFlux(SpectralTransformer):
    """How much a spectrum rises from one frame to a later one."""

    _power = 1.0
    _parameters = {"lag": Integer(1, "Frames of a rise.", low=1, high=1000)}

    def _spectrogram_function(self):
        return functools.partial(flux, lag=int(self.lag))

    def _row_names(self):
        return ["flux"]


# %%
# It takes what the others take: paths, arrays, waveforms.
songs = make_genre_audio(1, genres=["techno", "swing", "chorale"])
curves = SpectralFlux().fit_transform(songs.audio)
curves.shape

# %%
# The drums of techno come at even distances, the beats of swing come in long and
# short steps, and a chorale has no beats, only the beginnings of chords.
seconds = np.arange(curves.shape[-1]) * 512 / songs.sample_rate
figure, axes = plt.subplots(3, 1, figsize=(8, 4.5), sharex=True, layout="constrained")
for ax, curve, genre in zip(axes, curves, songs.target, strict=True):
    ax.plot(seconds, curve[0] / curve.max(), linewidth=1)
    ax.set(title=genre, ylabel="Flux", yticks=[])
axes[-1].set_xlabel("Time (s)")
