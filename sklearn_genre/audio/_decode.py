"""Decoding to samples, and to mono waveforms at a rate."""

import numbers

import numpy as np

from ._reader import open_audio
from ._song import Song
from ._sources import HIGHEST_RATE, describe


def load_audio(source, *, sample_rate=None, offset=0.0, duration=None):
    """Decode an audio file to a mono float32 waveform.

    The formats are those of libsndfile: wav, aiff, au, flac, ogg (Vorbis or Opus), mp3
    and some more. What it refuses is decoded by FFmpeg, if the optional package PyAV is
    installed (``pip install "sklearn-genre[codecs]"``): m4a and mp4, aac, wma, webm,
    ape, wavpack, dsd and others, and the sound of video. Only the requested part is
    kept in memory; from formats in which libsndfile or FFmpeg seek exactly, only that
    part is read, and a little before it. Channels are averaged. Resampling is done by
    soxr at its high quality, as in ``librosa.load``.

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
        In [-1, 1] for files with integer samples; samples of float files are kept as
        they are.
    sample_rate : int
        Rate of ``waveform`` in Hz.

    Raises
    ------
    AudioError
        If the source is missing, no regular file (a pipe, a device), empty, truncated,
        not audio, without a sound track or in a codec that is not decoded here (the
        error names what to install), if its rate is not between 1,000 and 1,048,576
        Hz, if it holds no samples or samples that are NaN, infinite or beyond 120 times
        full scale (integers that were written as floats), if frames or pages inside it
        are missing, if its rate or channels change, or if ``offset`` lies at or beyond
        its end. Samples that are missing at the end are noticed whatever part is
        requested, except those of the last frame of a flac file, if the file states
        how long it is; the guide to formats says which do.
    ValueError
        If ``sample_rate``, ``offset`` or ``duration`` is out of range.

    Warns
    -----
    UserWarning
        If the first or last pages of an ogg file are missing, as in the recording of a
        radio station, or if an mp3 without a count of its frames ends inside one. What
        is there is decoded.

    References
    ----------
    .. [1] libsndfile, https://libsndfile.github.io/libsndfile/
    .. [2] PyAV, https://pyav.basswood-io.com, and FFmpeg, https://ffmpeg.org
    .. [3] The SoX resampler library, https://sourceforge.net/projects/soxr/

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
    name = describe(source)
    span = {"sample_rate": sample_rate, "offset": offset, "duration": duration}
    with open_audio(source, name) as sound:
        song = Song(sound, name, **span)
        return song.wave(), song.rate


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
