"""Decoding to samples, and to mono waveforms at a rate."""

import numbers

import numpy as np

from ._containers import inspect
from ._errors import AudioError, no_samples, truncated, undecodable
from ._sources import HIGHEST_RATE, check_rate, describe, for_libsndfile, opened

# In these formats libsndfile seeks inexactly and prints messages of the decoder, and
# soundfile seeks after every read. One read from the start is exact and quiet, and
# takes a millisecond for every few seconds skipped; its memory matters only beyond
# 2**26 samples (256 MB in float32).
_SEQUENTIAL = ("MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III", "OPUS")
_MOST_SKIPPED = 2**26
# samples of one MPEG frame: some encoders count their header frame, which has no audio
_MPEG_SLACK = 1152


def load_audio(source, *, sample_rate=None, offset=0.0, duration=None):
    """Decode an audio file to a mono float32 waveform.

    The formats are those of libsndfile: wav, aiff, au, flac, ogg (Vorbis or Opus), mp3
    and some more. Only the requested part is kept in memory; from formats in which
    libsndfile seeks exactly, only that part is read. Channels are averaged. Resampling
    is done by soxr at its high quality, as in ``librosa.load``.

    Parameters
    ----------
    source : str, path-like, bytes or binary file object
        The path of a file, the content of a file, or an open seekable file, which is
        read from its start.
    sample_rate : int or None, default=None
        Rate of the result in Hz, > 0 and <= 1,048,576. None keeps the rate of the file.
    offset : float, default=0.0
        Where to start, in seconds, >= 0.
    duration : float or None, default=None
        How much to read at most, in seconds, > 0. None reads to the end. If the file
        ends earlier, the result is shorter.

    Returns
    -------
    waveform : ndarray of shape (n_samples,), float32
        In [-1, 1] for files with integer samples.
    sample_rate : int
        Rate of ``waveform`` in Hz.

    Raises
    ------
    AudioError
        If the source is missing, empty, truncated, not audio or in a codec that
        libsndfile does not decode, if it holds no samples or samples that are NaN or
        infinite, or if ``offset`` lies at or beyond its end. The truncation of an ogg
        or uncompressed file (under 2 GB) is always noticed, that of a flac or mp3 file
        if samples of the requested part are missing.
    ValueError
        If ``sample_rate``, ``offset`` or ``duration`` is out of range.

    References
    ----------
    .. [1] libsndfile, https://libsndfile.github.io/libsndfile/
    .. [2] The SoX resampler library, https://sourceforge.net/projects/soxr/

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> import soundfile
    >>> from sklearn_genre import load_audio
    >>> file = io.BytesIO()
    >>> soundfile.write(file, np.zeros((44100, 2)), 44100, format="WAV")
    >>> waveform, rate = load_audio(file, sample_rate=22050, duration=0.5)
    >>> waveform.shape, waveform.dtype, rate
    ((11025,), dtype('float32'), 22050)
    """
    check_span(sample_rate, offset, duration)
    return decode(
        source,
        describe(source),
        sample_rate=sample_rate,
        offset=offset,
        duration=duration,
    )


def check_span(sample_rate, offset, duration):
    """Check the three numbers that say which samples are requested."""
    for name, value, zero in (
        ("sample_rate", sample_rate, False),
        ("offset", offset, True),
        ("duration", duration, False),
    ):
        if value is None and name != "offset":
            continue
        legal = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not legal or not (value >= 0 if zero else value > 0) or value == np.inf:
            raise ValueError(
                f"{name} must be a finite number {'>=' if zero else '>'} 0"
                f"{'' if zero else ' or None'}, got {value!r}."
            )
    if sample_rate is not None and sample_rate > HIGHEST_RATE:
        raise ValueError(
            f"sample_rate must be at most {HIGHEST_RATE:,} Hz, got {sample_rate!r}."
        )


def decode(source, name, *, sample_rate, offset, duration):
    """Decode a source as ``load_audio`` does, without checking the numbers."""
    data, rate = read_channels(source, name, offset=offset, duration=duration)
    return finish(mix(data), rate, name, sample_rate=sample_rate)


def mix(data):
    """Average the channels of samples of shape (n_samples, n_channels)."""
    return data[:, 0] if data.shape[1] == 1 else data.mean(axis=1)


def read_channels(source, name, *, offset=0.0, duration=None):
    """Return the samples in a file, of shape (n_samples, n_channels), and their rate.

    They may be NaN, which :func:`finish` refuses.
    """
    import soundfile

    with opened(source, name) as file:
        head = inspect(file, name)
        source, how = for_libsndfile(source, file)
        try:
            with soundfile.SoundFile(source, **how) as sound:
                check_rate(sound.samplerate, name)
                return _read(sound, name, offset, duration)
        except (soundfile.SoundFileError, TypeError) as error:
            raise undecodable(name, head, error) from error


def finish(wave, rate, name, *, sample_rate):
    """Check that a mono float32 wave is finite and resample it."""
    import soxr

    if not np.isfinite(wave).all():
        raise AudioError(
            name, "it holds NaN or infinite samples", "Export the file again."
        )
    if sample_rate is not None and sample_rate != rate:
        wave = soxr.resample(wave, rate, sample_rate, quality="HQ")
        rate = sample_rate
    if len(wave) == 0:
        raise no_samples(name)
    return wave, rate


def first_frame(n_frames, rate, name, offset):
    """Return the index of the first requested sample; refuse offsets beyond the end."""
    if n_frames == 0:
        raise no_samples(name)
    start = round(offset * rate)
    if start >= n_frames:
        raise AudioError(
            name,
            f"offset {offset:g} s is not before its end at {n_frames / rate:.6g} s",
            "Use a smaller offset or leave this clip out.",
        )
    return start


def span_length(n_frames, rate, duration):
    """Return how many of ``n_frames`` samples a duration spans."""
    return n_frames if duration is None else min(n_frames, round(duration * rate) or 1)


def _read(sound, name, offset, duration):
    """Return the samples of the requested part of an open sound file, and its rate."""
    rate = sound.samplerate
    start = first_frame(sound.frames, rate, name, offset)
    wanted = span_length(sound.frames - start, rate, duration)
    data = _read_frames(sound, start, wanted)
    slack = _MPEG_SLACK if sound.subtype.startswith("MPEG") else 0
    if len(data) == 0 or len(data) < wanted - slack:
        raise truncated(name, f"{len(data)} of {wanted} samples could be read")
    return data, rate


def _read_frames(sound, start, wanted):
    """Return samples of shape (wanted, n_channels) from the sample ``start`` on."""
    lead = 0
    if sound.subtype in _SEQUENTIAL and start * sound.channels <= _MOST_SKIPPED:
        lead = start
    if start > lead:
        sound.seek(start)
    return sound.read(lead + wanted, dtype="float32", always_2d=True)[lead:]
