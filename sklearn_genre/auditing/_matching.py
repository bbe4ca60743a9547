"""Search for clips that share a stretch of one recording, by their fingerprints.

Two steps, so that work grows with the number of clips and not with its square: words
that agree in three of four bytes propose pairs of clips and the lag between them;
then all bits of the overlap are compared.
"""

from dataclasses import dataclass

import numpy as np

from ._fingerprint import MIN_FRAMES, N_BITS

# Keys leave out one byte of the word each: one damaged byte then does no harm.
_MASKS = tuple(np.uint32(0xFFFFFFFF ^ (0xFF << shift)) for shift in (0, 8, 16, 24))
# Each entry of the sorted index is paired with this many after it: clips that share a
# common word only by chance cannot fill the memory, and copies still form a chain.
_NEIGHBORS = 8
_COMMON = 64  # words that occur more often are not informative
_PART = 2**20  # entries of the index compared at a time
_MIN_VOTES = 2
_LAGS_PER_PAIR = 4
# candidates compared at a time by a sample of their frames, and the size of that
_BATCH = 2**13
_SAMPLE = 256
# if fewer bits per frame would differ by chance there is too little to compare
_LEAST_EXPECTED = 4.0
# popcount of 16 bits: numpy.bitwise_count came with NumPy 2
_POPCOUNT = np.array([i.bit_count() for i in range(2**16)], dtype=np.uint8)
# uninformative words: silence, and its opposite
_EMPTY = (np.uint32(0), np.uint32(0xFFFFFFFF))


@dataclass(frozen=True)
class Match:
    """A stretch that two clips have in common.

    Attributes
    ----------
    first, second : int
        Rows of the clips, first < second.
    similarity : float
        1 - 2 * the share of bits that differ in the stretch: 1 for equal recordings,
        about 0 for different ones.
    lag : int
        Frame of ``first`` that corresponds to frame 0 of ``second``.
    n_frames : int
        Length of the stretch.
    share : float
        ``n_frames`` over the length of the shorter clip.
    """

    first: int
    second: int
    similarity: float
    lag: int
    n_frames: int
    share: float


def find_matches(words, *, similarity, min_overlap):
    """Find all pairs of clips that share a stretch of one recording.

    Parameters
    ----------
    words : list of ndarray of shape (n_frames_i,), uint32
        Fingerprints.
    similarity : float
        Minimum similarity of the stretch, in (0, 1].
    min_overlap : float
        Minimum length of the stretch as a share of the shorter clip, in (0, 1].

    Returns
    -------
    matches : list of Match
        One per pair of clips (the longest), in order of rows.
    """
    clips = _Clips(words)
    best = {}
    candidates = clips.screen(_candidates(words), similarity, min_overlap)
    for first, second, lag in candidates:
        match = clips.compare(first, second, lag, similarity, min_overlap)
        old = best.get((first, second))
        if match and (old is None or _rank(match) > _rank(old)):
            best[first, second] = match
    return [best[pair] for pair in sorted(best)]


def _rank(match):
    """Return the key by which matches of one pair are ordered."""
    return match.n_frames, match.similarity


def _candidates(words):
    """Return an array (n, 3) of first, second and lag that several words propose."""
    keys, clips, frames = _index(words)
    if len(keys) == 0:
        return np.empty((0, 3), dtype=np.int64)
    width = 2 * max(len(w) for w in words) + 1
    votes, counts = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    for mask in _MASKS:
        hits = _hits(keys & mask, clips, frames, len(words), width)
        codes = np.concatenate([votes, hits[0]])
        weights = np.concatenate([counts, hits[1]])
        votes, counts = _tally(codes, weights)
    return _strongest(votes, counts, len(words), width)


def _index(words):
    """Return all informative words, with the clip and the frame of each."""
    parts = []
    for clip, w in enumerate(words):
        if len(w) < MIN_FRAMES:
            continue
        new = np.append(True, w[1:] != w[:-1])
        frames = np.flatnonzero(new & ~np.isin(w, _EMPTY)).astype(np.int32)
        parts.append((w[frames], np.full(len(frames), clip, np.int32), frames))
    if not parts:
        return (np.empty(0, np.uint32),) * 3
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _hits(keys, clips, frames, n_clips, width):
    """Return the codes of (first, second, lag) that keys propose, and their votes."""
    order = np.argsort(keys, kind="stable")
    keys, clips, frames = keys[order], clips[order], frames[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    sizes = np.diff(np.append(starts, len(keys)))
    rare = np.repeat(sizes <= _COMMON, sizes)
    votes, counts = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    for start in range(0, len(keys), _PART):
        stop = min(start + _PART, len(keys))
        codes = [votes]
        weights = [counts]
        for step in range(1, _NEIGHBORS + 1):
            a = np.arange(start, min(stop, len(keys) - step))
            b = a + step
            # the sort is stable, so that clips[a] <= clips[b]
            same = (keys[a] == keys[b]) & (clips[a] != clips[b]) & rare[a]
            a, b = a[same], b[same]
            lag = frames[a].astype(np.int64) - frames[b] + width // 2
            pair = clips[a].astype(np.int64) * n_clips + clips[b]
            codes.append(pair * width + lag)
            weights.append(np.ones(len(a), dtype=np.int64))
        votes, counts = _tally(np.concatenate(codes), np.concatenate(weights))
    return votes, counts


def _tally(codes, weights):
    """Return the distinct codes in order, and the sum of the weights of each."""
    order = np.argsort(codes, kind="stable")
    codes, weights = codes[order], weights[order]
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    if len(codes) == 0:
        return codes, weights
    return codes[starts], np.add.reduceat(weights, starts)


def _strongest(codes, counts, n_clips, width):
    """Return the lags of each pair with the most votes, if more than by chance."""
    pairs, lags = np.divmod(codes, width)
    # half a frame of shift spreads the votes over two lags
    near = np.append((pairs[1:] == pairs[:-1]) & (np.diff(lags) == 1), False)
    both = counts + np.where(near, np.roll(counts, -1), 0)
    both += np.where(np.roll(near, 1), np.roll(counts, 1), 0)
    kept = np.flatnonzero(both >= _MIN_VOTES)
    order = kept[np.lexsort((-counts[kept], -both[kept], pairs[kept]))]
    pairs, lags = pairs[order], lags[order] - width // 2
    starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
    place = np.arange(len(pairs)) - np.repeat(
        starts, np.diff(np.append(starts, len(pairs)))
    )
    top = place < _LAGS_PER_PAIR
    return np.stack([pairs[top] // n_clips, pairs[top] % n_clips, lags[top]], axis=1)


class _Clips:
    """Fingerprints, with what is needed to compare any two of them."""

    def __init__(self, words):
        self.words = words
        self.shares = [_bit_shares(w) for w in words]
        self.dull = [np.isin(w, _EMPTY) for w in words]
        self.lengths = np.array([len(w) for w in words], dtype=np.int64)
        self.starts = np.append(0, np.cumsum(self.lengths)[:-1])
        self.flat = np.concatenate([*words, np.empty(0, dtype=np.uint32)])

    def screen(self, candidates, similarity, min_overlap):
        """Yield the candidates for which a sample of frames looks alike somewhere."""
        limit = 1 - 0.75 * similarity
        shares = np.array(self.shares)
        for at in range(0, len(candidates), _BATCH):
            batch = candidates[at : at + _BATCH]
            first, second, lag = batch.T
            start = np.maximum(lag, 0)
            stop = np.minimum(self.lengths[first], self.lengths[second] + lag)
            steps = np.arange(_SAMPLE) / _SAMPLE
            frames = start[:, None] + ((stop - start)[:, None] * steps).astype(int)
            a = self.flat[self.starts[first][:, None] + frames]
            b = self.flat[(self.starts[second] - lag)[:, None] + frames]
            p, q = shares[first], shares[second]
            expected = (p * (1 - q) + q * (1 - p)).sum(axis=1)
            total = np.cumsum(bit_errors(a, b), axis=1)
            window = max(int(min_overlap * _SAMPLE), 1)
            total = np.pad(total, ((0, 0), (1, 0)))
            least = (total[:, window:] - total[:, :-window]).min(axis=1)
            yield from batch[least <= limit * window * expected].tolist()

    def compare(self, first, second, lag, similarity, min_overlap):
        """Return the stretch that two clips have in common at one lag, or None."""
        a, b = self.words[first], self.words[second]
        start, stop = max(lag, 0), min(len(a), len(b) + lag)
        shorter = min(len(a), len(b))
        block = max(int(np.ceil(min_overlap * shorter)), MIN_FRAMES)
        expected = _expected(self.shares[first], self.shares[second])
        if stop - start < block or expected < _LEAST_EXPECTED:
            return None
        a, b = a[start:stop], b[start - lag : stop - lag]
        wrong = bit_errors(a, b)
        dull = self.dull[first][start:stop] | self.dull[second][start - lag :][: len(b)]
        wrong[dull] = expected
        covered = _covered(wrong / expected, block, 1 - similarity)
        if not covered.any():
            return None
        # where a stretch is quieter than the rest, fewer of its bits differ by chance
        alive = covered & ~dull
        expected = _expected(_bit_shares(a[alive]), _bit_shares(b[alive]))
        found = 1 - wrong[alive].mean() / expected if expected else 0.0
        found *= alive.sum() / covered.sum()
        if expected < _LEAST_EXPECTED or found < similarity:
            return None
        n = int(covered.sum())
        return Match(first, second, float(found), lag, n, n / shorter)


def _bit_shares(words):
    """Return how often each bit is set."""
    if len(words) == 0:
        return np.zeros(N_BITS)
    octets = words.astype("<u4").view(np.uint8).reshape(-1, 4)
    return np.unpackbits(octets, axis=1, bitorder="little").mean(axis=0)


def _expected(p, q):
    """Return the bits per frame that differ by chance, given how often each is set."""
    return float((p * (1 - q) + q * (1 - p)).sum())


def _covered(errors, block, limit):
    """Mark the frames in blocks whose mean error is at most a limit."""
    total = np.concatenate([[0.0], np.cumsum(errors)])
    good = total[block:] - total[:-block] <= limit * block
    edges = np.zeros(len(errors) + 1)
    edges[: len(good)] += good
    edges[block : block + len(good)] -= good
    return np.cumsum(edges)[:-1] > 0


def bit_errors(a, b):
    """Count the bits that differ, by frame.

    Parameters
    ----------
    a, b : ndarray of shape (..., n_frames), uint32

    Returns
    -------
    errors : ndarray of shape (..., n_frames), float64
    """
    differ = (a ^ b).view(np.uint16)
    errors = _POPCOUNT[differ[..., ::2]] + _POPCOUNT[differ[..., 1::2]]
    return errors.astype(np.float64)
