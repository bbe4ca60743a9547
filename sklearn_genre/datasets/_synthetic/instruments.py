"""Instruments, styles and studio of the synthetic data set, in NumPy.

A style determines the score (notes in beats), an artist the sound (timbre, room, mix),
and each clip draws its key, tempo, level and tilt. All styles draw from the same
ranges, so what tells them apart is when things sound, not how loud or how bright they
are.
"""

from collections import namedtuple

import numpy as np
from scipy.fft import next_fast_len

# instrument; start and length in beats; MIDI pitch; velocity in (0, 1]
Note = namedtuple("Note", "instrument start length pitch velocity")

Artist = namedtuple(
    "Artist", "rolloff odd_even detune curve room_time wetness level hiss tempo"
)

N_CURVE = 16
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
TEMPO_RANGE = (96.0, 144.0)


def draw_artist(rng):
    """Draw one artist: what all clips of this artist share, whatever the style.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    artist : Artist
        ``curve`` is the spectrum the artist's mixes are brought to, in dB at
        N_CURVE frequencies; ``level`` is the usual rms level in dB.
    """
    tilt = rng.uniform(-16, 4) * np.linspace(0, 1, N_CURVE)
    return Artist(
        rolloff=rng.uniform(0.7, 2.2),
        odd_even=rng.uniform(0.15, 1.0),
        detune=rng.uniform(0.0, 0.008),
        curve=tilt + rng.normal(0, 5.0, N_CURVE),
        room_time=rng.uniform(0.05, 0.5),
        wetness=rng.uniform(0.05, 0.35),
        level=rng.uniform(-33, -27),
        hiss=rng.uniform(-60, -38),
        tempo=rng.uniform(*TEMPO_RANGE),
    )


def _degree(scale, key, step):
    """Return the MIDI pitch of a scale step (0: the key note), in any octave."""
    octave, index = divmod(step, len(scale))
    return key + 12 * octave + scale[index]


def _triad(scale, key, step, *, seventh=False):
    """Return the pitches of the chord on a scale step."""
    return [_degree(scale, key, step + k) for k in (0, 2, 4, 6)[: 3 + seventh]]


def _ambient(rng, key, n_beats):
    """Write slow overlapping pads over a swelling noise, without a pulse."""
    scale = MAJOR if rng.random() < 0.5 else MINOR
    for start in np.arange(-2, n_beats, 4):
        for pitch in _triad(scale, key, rng.choice([0, 3, 4, 5]), seventh=True):
            at = start + rng.uniform(-0.7, 0.7)
            yield Note("pad", at, rng.uniform(4, 6), pitch, rng.uniform(0.5, 0.9))
        yield Note("wind", start + rng.uniform(0, 2), rng.uniform(3, 5), 0, 0.5)


def _arpeggio(rng, key, n_beats):
    """Write plucked broken chords in even eighths, with a plucked bass."""
    scale = MAJOR if rng.random() < 0.5 else MINOR
    pattern = rng.permutation([0, 1, 2, 3])
    for bar in range(0, n_beats, 4):
        chord = _triad(scale, key, rng.choice([0, 3, 4, 5]))
        chord = [*chord, chord[0] + 12]
        yield Note("pluck", bar, 2, chord[0] - 12, 0.8)
        for eighth in range(8):
            pitch = chord[pattern[eighth % 4]] + 12
            yield Note("pluck", bar + eighth / 2, 1, pitch, rng.uniform(0.5, 0.9))
            yield Note("hat", bar + eighth / 2, 0.25, 0, 0.15)


def _breakbeat(rng, key, n_beats):
    """Write syncopated drums in sixteenths over a sparse bass."""
    kicks = rng.choice([(0, 0.75, 2.5), (0, 1.75, 2.5), (0, 1.5, 2.75)])
    for bar in range(0, n_beats, 4):
        for beat in kicks:
            yield Note("kick", bar + beat, 0.5, 0, 1.0)
        for beat in (1, 3, rng.choice([1.75, 2.25, 3.75])):
            yield Note("snare", bar + beat, 0.4, 0, 0.8)
        for sixteenth in np.flatnonzero(rng.random(16) < 0.7):
            yield Note("hat", bar + sixteenth / 4, 0.15, 0, rng.uniform(0.2, 0.5))
        pitch = _degree(MINOR, key - 12, rng.choice([0, 3, 4]))
        yield Note("bass", bar, 1.5, pitch, 0.8)
        for pitch in _triad(MINOR, key, 0):
            yield Note("organ", bar + 2.25, 0.5, pitch, 0.4)


def _chorale(rng, key, n_beats):
    """Write block chords of voices with vibrato, every two beats, with breaths."""
    for start in range(0, n_beats, 2):
        chord = _triad(MAJOR, key, rng.choice([0, 1, 3, 4, 5]))
        for pitch in (chord[0] - 12, *chord):
            yield Note("voice", start, 1.8, pitch, rng.uniform(0.7, 0.9))
        yield Note("wind", start + 1.6, 0.5, 0, 0.3)


def _dub(rng, key, n_beats):
    """Write chord stabs off the beat, a drum on the third beat, a rolling bass."""
    line = rng.choice([0, 2, 4], size=4)
    for bar in range(0, n_beats, 4):
        chord = _triad(MINOR, key, rng.choice([0, 3]))
        for beat in range(4):
            for pitch in chord:
                yield Note("organ", bar + beat + 0.5, 0.22, pitch, 0.7)
            yield Note("hat", bar + beat + 0.5, 0.15, 0, 0.2)
            pitch = _degree(MINOR, key - 12, line[beat])
            if beat:
                yield Note("bass", bar + beat, 0.9, pitch, 0.9)
        yield Note("kick", bar + 2, 0.5, 0, 1.0)
        yield Note("snare", bar + 2, 0.4, 0, 0.6)


def _swing(rng, key, n_beats):
    """Write a ride cymbal in triplets, a walking bass, a few seventh chords."""
    step = 0
    for beat in range(n_beats):
        yield Note("hat", beat, 0.5, 0, 0.5)
        if beat % 2:
            yield Note("hat", beat + 2 / 3, 0.4, 0, 0.4)
        step = int(np.clip(step + rng.choice([-2, -1, 1, 2]), -3, 7))
        yield Note("bass", beat, 0.95, _degree(MAJOR, key - 12, step), 0.8)
        if rng.random() < 0.4:
            for pitch in _triad(MAJOR, key, rng.choice([0, 1, 4]), seventh=True):
                yield Note("organ", beat + 2 / 3, 0.5, pitch, 0.5)
        if rng.random() < 0.2:
            yield Note("snare", beat + 2 / 3, 0.3, 0, 0.3)


def _techno(rng, key, n_beats):
    """Write a drum on every beat, a cymbal between, a bass figure in sixteenths."""
    figure = rng.choice([0, 0, 2, 4, 7], size=3)
    for beat in range(n_beats):
        yield Note("kick", beat, 0.5, 0, 1.0)
        yield Note("hat", beat + 0.5, 0.25, 0, 0.5)
        for k, step in enumerate(figure):
            pitch = _degree(MINOR, key - 12, step)
            yield Note("bass", beat + (k + 1) / 4, 0.22, pitch, 0.7)
    for pitch in _triad(MINOR, key, 0):
        yield Note("pad", 0, n_beats, pitch, 0.25)


def _waltz(rng, key, n_beats):
    """Write bars of bass, chord, chord, with a sung melody above."""
    for bar in range(0, n_beats, 3):
        root = rng.choice([0, 3, 4])
        yield Note("bass", bar, 0.9, _degree(MAJOR, key - 12, root), 0.9)
        yield Note("kick", bar, 0.4, 0, 0.4)
        for beat in (1, 2):
            for pitch in _triad(MAJOR, key, root):
                yield Note("pluck", bar + beat, 0.5, pitch, 0.6)
            yield Note("hat", bar + beat, 0.2, 0, 0.2)
        melody = _degree(MAJOR, key + 12, root + rng.choice([0, 2, 4]))
        yield Note("voice", bar, rng.choice([1.8, 2.8]), melody, 0.6)


STYLES = {
    "ambient": _ambient,
    "arpeggio": _arpeggio,
    "breakbeat": _breakbeat,
    "chorale": _chorale,
    "dub": _dub,
    "swing": _swing,
    "techno": _techno,
    "waltz": _waltz,
}

# attack and release in seconds, decay rate per second, vibrato depth, partials
_TONES = {
    "pad": (0.5, 0.6, 0.0, 0.002, 8),
    "voice": (0.08, 0.12, 0.0, 0.008, 10),
    "organ": (0.005, 0.03, 0.0, 0.0, 8),
    "pluck": (0.002, 0.05, 5.0, 0.0, 10),
    "bass": (0.004, 0.05, 2.0, 0.0, 8),
}


def _envelope(n, rate, attack, release, decay):
    """Return rise, exponential fall and release of a note of n samples."""
    t = np.arange(n) / rate
    end = np.clip((n / rate - t) / release, 0, 1)
    return np.minimum(np.clip(t / attack, 0, 1), end) * np.exp(-decay * t)


def _tone(note, n, rate, artist, rng):
    """Play a pitched note: partials below Nyquist, in the artist's timbre."""
    attack, release, decay, vibrato, n_partials = _TONES[note.instrument]
    frequency = 440.0 * 2 ** ((note.pitch - 69) / 12)
    t = np.arange(n) / rate
    cycles = frequency * t
    if vibrato:
        cycles += vibrato * frequency / (2 * np.pi * 5.5) * np.sin(2 * np.pi * 5.5 * t)
    out = np.zeros(n, dtype=np.float32)
    for k in range(1, n_partials + 1):
        if k * frequency >= 0.45 * rate:
            break
        amplitude = k**-artist.rolloff * (artist.odd_even if k % 2 == 0 else 1.0)
        stretch = 1 + artist.detune * (k - 1) ** 2 / n_partials
        turn = stretch * k * cycles + rng.random()
        # reduced to half a turn first, since then fast single precision is exact enough
        turn -= np.rint(turn)
        out += np.float32(amplitude) * np.sin((2 * np.pi * turn).astype(np.float32))
    return out * _envelope(n, rate, attack, release, decay)


def _drum(note, n, rate, rng):
    """Play an unpitched note: a falling sine, or bright, broad or swelling noise."""
    t = np.arange(n) / rate
    if note.instrument == "kick":
        sweep = 50 * t + 110 / 30 * (1 - np.exp(-30 * t))
        return 2.5 * np.sin(2 * np.pi * sweep) * np.exp(-12 * t)
    noise = rng.standard_normal(n)
    if note.instrument == "wind":
        return 0.6 * noise * np.sin(np.pi * np.arange(n) / n) ** 2
    if note.instrument == "snare":
        return (noise + np.sin(2 * np.pi * 190 * t)) * np.exp(-18 * t)
    return np.diff(noise, prepend=0.0) * np.exp(-25 * t)


def _render(notes, n_samples, rate, beat, artist, rng):
    """Add up the notes, and cut those that extend beyond either end."""
    out = np.zeros(n_samples)
    for note in notes:
        start = round(note.start * beat * rate)
        n = max(int(note.length * beat * rate), 8)
        if start >= n_samples or start + n <= 0:
            continue
        if note.instrument in _TONES:
            sound = _tone(note, n, rate, artist, rng)
        else:
            sound = _drum(note, n, rate, rng)
        first, last = max(start, 0), min(start + n, n_samples)
        out[first:last] += note.velocity * sound[first - start : last - start]
    return out


def _room(artist, n, rate, rng):
    """Return the impulse response of the artist's room: a peak and a noisy tail."""
    t = np.arange(min(n, int(3 * artist.room_time * rate) + 1)) / rate
    tail = rng.standard_normal(len(t)) * np.exp(-3 * t / artist.room_time)
    tail *= artist.wetness / np.sqrt((tail**2).sum())
    tail[0] += 1.0
    return tail


def _mix(x, rate, artist, room, rng):
    """Add the room, and bring the long-term spectrum close to the artist's curve.

    The coarse spectrum then depends on the artist rather than the style, which makes it
    useless for unseen artists.
    """
    n_fft = next_fast_len(len(x) + len(room), real=True)
    spectrum = np.fft.rfft(x, n_fft) * np.fft.rfft(room, n_fft)
    frequency = np.fft.rfftfreq(n_fft, 1 / rate)
    edges = np.geomspace(50, rate / 2, N_CURVE + 1)
    band = np.clip(np.searchsorted(edges, frequency) - 1, 0, N_CURVE - 1)
    power = np.bincount(band, np.abs(spectrum) ** 2, minlength=N_CURVE)
    measured = 10 * np.log10(power / power.sum() + 1e-9)
    wanted = artist.curve + rng.normal(0, 3.0, N_CURVE)
    wanted = wanted + rng.uniform(-8, 8) * np.linspace(0, 1, N_CURVE)
    gain = wanted - measured
    gain = np.clip(gain - gain.mean(), -30, 30)
    centers = np.sqrt(edges[1:] * edges[:-1])
    decibels = np.interp(np.log(np.maximum(frequency, 1.0)), np.log(centers), gain)
    return np.fft.irfft(spectrum * 10 ** (decibels / 20), n_fft)[: len(x)]


def render_clip(genre, artist, artist_seed, rng, *, duration, sample_rate):
    """Play one clip of a style as an artist does.

    Parameters
    ----------
    genre : str
        A key of STYLES.
    artist : Artist
    artist_seed : numpy.random.SeedSequence
        Seeds the artist's room, which is the same in all their clips.
    rng : numpy.random.Generator
        Draws everything that differs between the clips of an artist.
    duration : float
        Seconds.
    sample_rate : int
        Hz.

    Returns
    -------
    x : ndarray of shape (round(duration * sample_rate),), float32
        Within [-1, 1].
    """
    n_samples = round(duration * sample_rate)
    tempo = np.clip(artist.tempo * rng.uniform(0.9, 1.1), *TEMPO_RANGE)
    beat = 60 / tempo
    # the score starts before the clip, since a clip may be cut anywhere in a song
    lead = rng.uniform(0, 4)
    n_beats = int(np.ceil(duration / beat + lead)) + 4
    key = 48 + rng.integers(12)
    notes = [n._replace(start=n.start - lead) for n in STYLES[genre](rng, key, n_beats)]
    dry = _render(notes, n_samples, sample_rate, beat, artist, rng)
    room_rng = np.random.default_rng(artist_seed)
    room = _room(artist, n_samples, sample_rate, room_rng)
    wet = _mix(dry, sample_rate, artist, room, rng)
    wet *= 10 ** ((artist.level + rng.uniform(-6, 6)) / 20) / np.sqrt((wet**2).mean())
    wet += 10 ** (artist.hiss / 20) * rng.standard_normal(n_samples) * wet.std()
    return (wet / max(1.0, np.abs(wet).max())).astype(np.float32)
