"""The statistics of `TextureStats` as a torch module.

They are computed in float64, as the transformer does: whether a band is constant is a
question of the last bits.
"""

import itertools
import math

import numpy as np
import torch
from scipy.fft import dct
from torch import nn

from ..features import texture
from ._frames import length


class Texture(nn.Module):
    """Statistics of how bands vary together and in time.

    Parameters
    ----------
    stats : sequence of str
        As for `TextureStats`.
    """

    def __init__(self, stats):
        super().__init__()
        self.stats = tuple(stats)

    def forward(self, X):
        """Map (batch, [n_slices,] n_bands, n_frames) to (batch, n_features)."""
        if X.dim() == 4:
            X = X.transpose(1, 2).flatten(2)
        X = X.double()
        return torch.cat([_STATS[name](X) for name in self.stats], dim=1).float()


def band_groups(X, n_groups):
    """Average neighboring bands: (batch, at most n_groups, n_frames)."""
    n_bands = int(X.shape[1])
    edges = texture.group_edges(n_bands, n_groups)
    matrix = np.zeros((len(edges), n_bands))
    for row, low, high in zip(matrix, edges, [*edges[1:], n_bands], strict=True):
        row[low:high] = 1 / (high - low)
    return torch.from_numpy(matrix) @ X


def cepstra(X, n):
    """Return the first cepstral coefficients of each frame."""
    matrix = dct(np.eye(int(X.shape[1])), axis=0, norm="ortho")[:n]
    return torch.from_numpy(matrix) @ X


def std(X):
    """Return the deviation over time."""
    return (X - X.mean(2, keepdim=True)).square().mean(2).sqrt()


def standardized(X):
    """Scale each band to mean 0 and deviation 1 over time; 0 where it is constant."""
    Z = X - X.mean(2, keepdim=True)
    deviation = Z.square().mean(2, keepdim=True).sqrt()
    constant = deviation <= 1e-9 * (1 + X.abs().amax(2, keepdim=True))
    one, zero = torch.ones_like(deviation), torch.zeros_like(Z)
    return torch.where(constant, zero, Z / torch.where(constant, one, deviation))


def products(Z, diagonal):
    """Average the products of all pairs of rows over time: the upper triangle."""
    n = int(Z.shape[1])
    i, j = np.triu_indices(n, 0 if diagonal else 1)
    pairs = (Z @ Z.transpose(1, 2)) / length(Z)
    return pairs.flatten(1).index_select(1, torch.from_numpy(i * n + j))


def level(X):
    """Return mean and deviation over time of groups of bands."""
    B = band_groups(X, texture.COARSE)
    return torch.cat([B.mean(2), std(B)], dim=1)


def skewness(X):
    """Return the skewness over time of groups of bands."""
    Z = standardized(band_groups(X, texture.COARSE))
    return (Z * Z * Z).mean(2)


def cepstrum(X):
    """Return mean and deviation of cepstral coefficients, deviation of their steps."""
    C = cepstra(X, texture.COEFFICIENTS)
    return torch.cat([C.mean(2), std(C), std(_steps(C, 1))], dim=1)


def covariance(X):
    """Return covariances over time of the first cepstral coefficients."""
    C = cepstra(X, texture.COARSER)
    return products(C - C.mean(2, keepdim=True), diagonal=True)


def correlation(X):
    """Return correlations over time between groups of bands."""
    return products(standardized(band_groups(X, texture.COARSER)), diagonal=False)


def modulation(X):
    """Return how fast groups of bands rise and fall: log(1 + magnitude) per range."""
    B, period = band_groups(X, texture.COARSER), texture.MODULATION_FRAMES
    n = length(B)
    width = n.clamp(max=period)
    many = 1 + (2 * (n - width) + period - 1) // period
    step = (n - width).double() / (many - 1).clamp(min=1)
    starts = (torch.arange(many).double() * step).round().long()
    at = torch.arange(width)
    frames = (starts[:, None] + at).reshape(-1)
    windows = B.index_select(2, frames).reshape(B.shape[0], B.shape[1], -1, width)
    windows = windows - windows.mean(3, keepdim=True)
    # a real Fourier transform, zero-padded to the period
    at = at.double()
    taper = 0.5 - 0.5 * torch.cos(2 * math.pi * at / (width - 1).double())
    turns = at[:, None] * torch.arange(period // 2 + 1).double()
    angles = 2 * math.pi * turns / period
    windows = windows * taper
    real, imaginary = windows @ torch.cos(angles), windows @ torch.sin(angles)
    mean = (real.square() + imaginary.square()).sqrt().mean(2)
    pairs = itertools.pairwise(texture.MODULATIONS)
    ranges = [(1 + mean[:, :, a:b].mean(2)).log() for a, b in pairs]
    return torch.cat(ranges, dim=1)


def contrast(X):
    """Return peaks above valleys in regions (mean, deviation), and valleys (mean)."""
    n_bands = int(X.shape[1])
    edges = texture.group_edges(n_bands, texture.REGIONS)
    peaks, valleys = [], []
    for low, high in itertools.pairwise([*edges, n_bands]):
        few = max(1, round(texture.EXTREME_SHARE * (high - low)))
        region = X[:, low:high]
        peaks.append(region.topk(few, dim=1).values.mean(1))
        valleys.append(region.topk(few, dim=1, largest=False).values.mean(1))
    valleys = torch.stack(valleys, dim=1)
    above = torch.stack(peaks, dim=1) - valleys
    return torch.cat([above.mean(2), std(above), valleys.mean(2)], dim=1)


def lag(X):
    """Return autocorrelations of cepstral coefficients; 0 for lags beyond the clip."""
    Z = standardized(cepstra(X, texture.LAGGED))
    n = length(Z)
    sums = [(Z[:, :, k:] * Z[:, :, :-k]).sum(2) for k in texture.LAGS]
    counts = [(n - k).clamp(min=1) for k in texture.LAGS]
    return torch.cat([s / m for s, m in zip(sums, counts, strict=True)], dim=1)


def change(X):
    """Return percentiles of the size of steps from frame to frame."""
    steps = _steps(band_groups(X, texture.COARSE), 1)
    return _percentiles(steps.abs(), texture.CHANGE_PERCENTILES)


def rise(X):
    """Return percentiles of rises over a few frames; falls count as 0."""
    steps = _steps(band_groups(X, texture.COARSE), texture.RISE_FRAMES)
    return _percentiles(steps.clamp(min=0), texture.RISE_PERCENTILES)


def _steps(X, n):
    """Return differences over n frames."""
    return X[:, :, n:] - X[:, :, :-n]


def _percentiles(X, which):
    """Return percentiles over time, one after another."""
    ranked, last = X.sort(dim=2).values, length(X) - 1
    found = []
    for percent in which:
        place = last.double() * (percent / 100)
        below = place.floor().long()
        above = torch.minimum(below + 1, last)
        low, high = (ranked.index_select(2, k.reshape(1)) for k in (below, above))
        found.append((low + (high - low) * (place - below.double()))[:, :, 0])
    return torch.cat(found, dim=1)


_STATS = {
    "level": level,
    "skew": skewness,
    "cepstrum": cepstrum,
    "covariance": covariance,
    "correlation": correlation,
    "modulation": modulation,
    "contrast": contrast,
    "lag": lag,
    "change": change,
    "rise": rise,
}
