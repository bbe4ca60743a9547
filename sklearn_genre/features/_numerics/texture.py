"""Numbers behind TextureStats: each statistic maps clips to a row per clip.

Statistics take decibels of shape (n_clips, n_bands, n_frames) in float64 and return
(n_clips, n_features).
"""

import itertools

import numpy as np

from .cepstra import cepstra

# The set as a whole, with a shrunk discriminant, was compared with other features and
# classifiers on artist-grouped folds of GTZAN's training songs (docs/results.md); no
# comparison of single numbers is recorded. For 128 bands and 11 frames per second they
# are:
# groups of 4 and of 8 bands; 16 groups make 120 pairs, but 32 would make 496
COARSE, COARSER = 32, 16
# regions of 16 bands, whose loudest and softest fifth are 3 bands: no single outlier
REGIONS, EXTREME_SHARE = 8, 0.2
# the shape of a spectrum down to ripples of 11 bands; fewer for "lag", with five lags
# each
COEFFICIENTS, LAGGED = 25, 20
# an octave apart, from 0.09 s, the next frame, to 1.4 s
LAGS = (1, 2, 4, 8, 16)
# rises over three frames, as in the delta spectral pattern of Seyerlehner et al. (2010)
# with its 90th percentile alone; the highest one is that of rare onsets
RISE_FRAMES, RISE_PERCENTILES = 3, (50, 75, 90, 97)
CHANGE_PERCENTILES = (50, 90)
# a window of 6 s, as in the rhythm patterns of Lidy and Rauber (2005)
MODULATION_FRAMES = 66
# ends of the ranges in periods per window: single periods, then about half an octave,
# up to half the frame rate
MODULATIONS = (1, 2, 3, 5, 7, 10, 15, 22, 33)


def band_groups(X, n_groups):
    """Average neighboring bands: (n_clips, at most n_groups, n_frames)."""
    edges = group_edges(X.shape[1], n_groups)
    sizes = np.diff([*edges, X.shape[1]])
    return np.add.reduceat(X, edges, axis=1) / sizes[:, None]


def group_edges(n_bands, n_groups):
    """Return the first band of each group."""
    n_groups = min(n_bands, n_groups)
    return np.arange(n_groups) * n_bands // n_groups


def flat(X):
    """Reshape to one row per clip."""
    return X.reshape(len(X), -1)


def standardized(X):
    """Scale each band to mean 0 and deviation 1 over time; 0 where it is constant."""
    Z = X - X.mean(axis=2, keepdims=True)
    deviation = np.sqrt(np.mean(Z * Z, axis=2, keepdims=True))
    constant = deviation <= 1e-9 * (1 + np.abs(X).max(axis=2, keepdims=True))
    return np.where(constant, 0.0, Z / np.where(constant, 1.0, deviation))


def products(Z, diagonal):
    """Average the products of all pairs of rows over time: the upper triangle."""
    pairs = np.matmul(Z, Z.swapaxes(1, 2)) / Z.shape[2]
    i, j = np.triu_indices(Z.shape[1], 0 if diagonal else 1)
    return pairs[:, i, j]


def level(X):
    """Return mean and deviation over time of groups of bands."""
    B = band_groups(X, COARSE)
    return np.concatenate([B.mean(axis=2), B.std(axis=2)], axis=1)


def skewness(X):
    """Return the skewness over time of groups of bands."""
    return np.mean(standardized(band_groups(X, COARSE)) ** 3, axis=2)


def cepstrum(X):
    """Return mean and deviation of cepstral coefficients, deviation of their steps."""
    C = cepstra(X, COEFFICIENTS)
    steps = np.diff(C, axis=2, prepend=C[:, :, :1])[:, :, min(1, C.shape[2] - 1) :]
    return np.concatenate([C.mean(2), C.std(2), steps.std(2)], axis=1)


def covariance(X):
    """Return covariances over time of the first cepstral coefficients."""
    C = cepstra(X, COARSER)
    return products(C - C.mean(axis=2, keepdims=True), diagonal=True)


def correlation(X):
    """Return correlations over time between groups of bands."""
    return products(standardized(band_groups(X, COARSER)), diagonal=False)


def modulation(X):
    """Return how fast groups of bands rise and fall: log(1 + magnitude) per range."""
    B = band_groups(X, COARSER)
    width = min(MODULATION_FRAMES, B.shape[2])
    n_windows = 1 + -(-2 * (B.shape[2] - width) // MODULATION_FRAMES)
    starts = np.linspace(0, B.shape[2] - width, n_windows).round().astype(int)
    taper = np.hanning(width) if width > 2 else np.ones(width)
    total = 0.0
    for start in starts:
        Z = B[:, :, start : start + width]
        Z = (Z - Z.mean(axis=2, keepdims=True)) * taper
        total = total + np.abs(np.fft.rfft(Z, MODULATION_FRAMES, axis=2))
    mean = total / n_windows
    pairs = itertools.pairwise(MODULATIONS)
    return flat(np.stack([np.log1p(mean[:, :, a:b].mean(2)) for a, b in pairs], 1))


def contrast(X):
    """Return peaks above valleys in regions (mean, deviation), and valleys (mean)."""
    edges = group_edges(X.shape[1], REGIONS)
    peaks, valleys = [], []
    for region in np.split(X, edges[1:], axis=1):
        ranked = np.sort(region, axis=1)
        few = max(1, round(EXTREME_SHARE * region.shape[1]))
        peaks.append(ranked[:, -few:].mean(1))
        valleys.append(ranked[:, :few].mean(1))
    valleys = np.stack(valleys, axis=1)
    above = np.stack(peaks, axis=1) - valleys
    return np.concatenate([above.mean(2), above.std(2), valleys.mean(2)], axis=1)


def lag(X):
    """Return autocorrelations of cepstral coefficients; 0 for lags beyond the clip."""
    Z = standardized(cepstra(X, LAGGED))
    out = np.zeros((len(LAGS), *Z.shape[:2]))
    for row, k in zip(out, LAGS, strict=True):
        if k < Z.shape[2]:
            row[:] = np.mean(Z[:, :, k:] * Z[:, :, :-k], axis=2)
    return flat(out.swapaxes(0, 1))


def change(X):
    """Return percentiles of the size of steps from frame to frame."""
    return _percentiles(np.abs(_steps(X, 1)), CHANGE_PERCENTILES)


def rise(X):
    """Return percentiles of rises over a few frames; falls count as 0."""
    return _percentiles(np.maximum(_steps(X, RISE_FRAMES), 0), RISE_PERCENTILES)


def _steps(X, n):
    """Return differences over n frames of groups of bands; fewer in a short clip."""
    B = band_groups(X, COARSE)
    n = min(n, B.shape[2] - 1)
    return B[:, :, n:] - B[:, :, : B.shape[2] - n]


def _percentiles(X, which):
    return flat(np.percentile(X, which, axis=2).swapaxes(0, 1))


def _names(n, *kinds):
    """Return the names of n columns per kind, kind by kind."""
    return [f"{kind}_{i}" for kind in kinds for i in range(n)]


def _pair_names(kind, n, diagonal):
    i, j = np.triu_indices(n, 0 if diagonal else 1)
    return [f"{kind}_{a}_{b}" for a, b in zip(i, j, strict=True)]


# statistic -> (function, names of its columns for a number of bands)
STATS = {
    "level": (level, lambda n: _names(min(n, COARSE), "level_mean", "level_std")),
    "skew": (skewness, lambda n: _names(min(n, COARSE), "skew")),
    "cepstrum": (
        cepstrum,
        lambda n: _names(
            min(n, COEFFICIENTS), "cepstrum_mean", "cepstrum_std", "cepstrum_step_std"
        ),
    ),
    "covariance": (
        covariance,
        lambda n: _pair_names("covariance", min(n, COARSER), True),
    ),
    "correlation": (
        correlation,
        lambda n: _pair_names("correlation", min(n, COARSER), False),
    ),
    "modulation": (
        modulation,
        lambda n: _names(
            min(n, COARSER), *(f"modulation_{m}" for m in MODULATIONS[:-1])
        ),
    ),
    "contrast": (
        contrast,
        lambda n: _names(
            min(n, REGIONS), "contrast_mean", "contrast_std", "valley_mean"
        ),
    ),
    "lag": (lag, lambda n: _names(min(n, LAGGED), *(f"lag_{k}" for k in LAGS))),
    "change": (
        change,
        lambda n: _names(min(n, COARSE), *(f"change_{p}" for p in CHANGE_PERCENTILES)),
    ),
    "rise": (
        rise,
        lambda n: _names(min(n, COARSE), *(f"rise_{p}" for p in RISE_PERCENTILES)),
    ),
}
