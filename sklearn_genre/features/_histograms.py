"""Features of beat, pitch and energy of a whole clip, by Tzanetakis and Cook."""

import functools

from ..parameters import Integer
from ._base import AudioTransformer
from ._numerics.beats import SLOWEST, beat_features
from ._numerics.energy import low_energy
from ._numerics.pitches import HIGHEST, pitch_features
from ._spectral import LONGEST_FRAME

_LONGEST_WINDOW = 2**24  # samples: 12 minutes at 22,050 Hz
_LONGEST_TEXTURE = 2**20  # frames


class BeatHistogram(AudioTransformer):
    """Six features of the tempos of a clip: how strong its beats are and how fast.

    A wavelet transform cuts the clip into octave bands, whose envelopes are added. In
    windows of 3 s, the three highest peaks of the autocorrelation of the envelope go
    into a histogram of tempos from 40 to 200 beats per minute.

    See Also
    --------
    PitchHistogram : The same of its notes.
    FrameDescriptors : Has the tempo around each frame.

    Notes
    -----
    ``transform`` returns an array of shape (n, 6), float32. The columns are
    "beat_amplitude0" and "beat_amplitude1", the shares of the highest and the second
    peak in the histogram; "beat_ratio", the second divided by the first;
    "beat_tempo0" and "beat_tempo1", their places in beats per minute; and "beat_sum",
    the strength of all beats. They are 0 where there are no peaks.

    Ours, where [1]_ says nothing: four octaves and what is below them, since the
    envelopes then have the 16th part of the rate, as stated; autocorrelations are
    divided by their value at lag 0, so that the level of a clip has no effect; the
    histogram is divided by the number of windows; two peaks are at least a tenth of
    the first tempo apart. The last window is filled with zeros.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals",
       IEEE Transactions on Speech and Audio Processing 10, 2002.

    Examples
    --------
    Clicks at 100 beats per minute:

    >>> import numpy as np
    >>> from sklearn_genre import BeatHistogram
    >>> X = np.zeros((1, 10 * 22050))
    >>> X[:, :: 22050 * 60 // 100] = 1
    >>> features = BeatHistogram().fit_transform(X)
    >>> features.shape, features[0, 3]
    ((1, 6), np.float32(100.0))
    """

    _parameters = {
        "win_length": Integer(
            65536,
            f"Length of a window in samples; longer than a period of {SLOWEST} beats "
            "per minute.",
            low=1,
            high=_LONGEST_WINDOW,
        ),
        "hop_length": Integer(
            32768,
            "Samples from one window to the next, rounded down to a multiple of 16.",
            low=16,
            high=_LONGEST_WINDOW,
        ),
    }

    def _check_params(self):
        super()._check_params()
        least = int(60 * self.sample_rate / (SLOWEST - 1)) + 64
        if self.win_length < least:
            raise ValueError(
                f"BeatHistogram: win_length must be longer than a period of {SLOWEST} "
                f"beats per minute: at least {least} samples at sample_rate="
                f"{self.sample_rate}, got {self.win_length}."
            )

    def _row_names(self):
        names = ("amplitude0", "amplitude1", "ratio", "tempo0", "tempo1", "sum")
        return [f"beat_{name}" for name in names]

    def _waveform_function(self):
        return functools.partial(
            beat_features,
            sample_rate=self.sample_rate,
            win_length=int(self.win_length),
            hop_length=int(self.hop_length),
        )


class PitchHistogram(AudioTransformer):
    """Five features of the notes of a clip.

    In every frame, the three highest peaks of an autocorrelation without the multiples
    of their periods ([2]_) are notes. They go into a histogram of the 128 notes of
    MIDI, and, without their octaves, into one of the 12 pitch classes in the order of
    the circle of fifths.

    See Also
    --------
    BeatHistogram : The same of its tempos.
    FrameDescriptors : Has chroma, and the pitch of each frame.

    Notes
    -----
    ``transform`` returns an array of shape (n, 5), float32. The columns are
    "pitch_amplitude", the share of the strongest pitch class; "pitch_note", the
    strongest note of MIDI (69 is 440 Hz); "pitch_class", the strongest class on the
    circle of fifths (0 is C, 1 is G, 2 is D); "pitch_interval", the steps on it, from
    -5 to 6, from the strongest class to the second; and "pitch_sum", the strength of
    all notes. They are 0 where there are no notes.

    With the frames of [1]_, 512 samples at 22,050 Hz, notes are between 86 Hz, of
    which a frame has two periods, and 2093 Hz. Ours: the bands below and above 1 kHz
    are cut by Butterworth filters of second order; autocorrelations are divided by
    their value at lag 0 and the histogram by the number of frames, so that neither
    level nor length of a clip has an effect.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals",
       IEEE Transactions on Speech and Audio Processing 10, 2002.
    .. [2] T. Tolonen, M. Karjalainen, "A computationally efficient multipitch analysis
       model", IEEE Transactions on Speech and Audio Processing 8, 2000.

    Examples
    --------
    The A of 440 Hz, the third step from C on the circle of fifths:

    >>> import numpy as np
    >>> from sklearn_genre import PitchHistogram
    >>> X = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050))[None]
    >>> PitchHistogram().fit_transform(X)[0, 1:3]
    array([69.,  3.], dtype=float32)
    """

    _parameters = {
        "n_fft": Integer(
            512,
            "Length of a frame in samples: two periods of the lowest note.",
            low=16,
            high=LONGEST_FRAME,
        ),
        "hop_length": Integer(
            512, "Samples from one frame to the next.", low=1, high=LONGEST_FRAME
        ),
    }

    def _check_params(self):
        super()._check_params()
        least = 4 * self.sample_rate / HIGHEST
        if self.sample_rate < 2 * HIGHEST or self.n_fft < least:
            raise ValueError(
                f"PitchHistogram: notes up to {HIGHEST:g} Hz need sample_rate >= "
                f"{2 * HIGHEST:g} and n_fft >= {least:.0f}, "
                f"got {self.sample_rate} and {self.n_fft}."
            )

    def _row_names(self):
        names = ("amplitude", "note", "class", "interval", "sum")
        return [f"pitch_{name}" for name in names]

    def _waveform_function(self):
        return functools.partial(
            pitch_features,
            sample_rate=self.sample_rate,
            n_fft=int(self.n_fft),
            hop_length=int(self.hop_length),
        )


class LowEnergy(AudioTransformer):
    """Share of soft frames of a clip: of those below the mean level around them.

    Speech with its pauses, and music with few loud beats, have a large share of them;
    music of a constant level has a small one.

    See Also
    --------
    FrameDescriptors : Has the energy of each frame.

    Notes
    -----
    ``transform`` returns an array of shape (n, 1), float32, in [0, 1]. The level of a
    frame is the root mean square of its samples. In [1]_ the mean is that of a texture
    window of 1 s; here all windows of ``n_frames`` frames count, one after each hop.

    References
    ----------
    .. [1] G. Tzanetakis, P. Cook, "Musical genre classification of audio signals",
       IEEE Transactions on Speech and Audio Processing 10, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import LowEnergy
    >>> X = np.ones((1, 22016))
    >>> X[:, ::2048] = 30  # one loud frame of four
    >>> LowEnergy(n_frames=40).fit_transform(X).round(2)
    array([[0.75]], dtype=float32)
    """

    _parameters = {
        "n_fft": Integer(
            512, "Length of a frame in samples.", low=1, high=LONGEST_FRAME
        ),
        "hop_length": Integer(
            512, "Samples from one frame to the next.", low=1, high=LONGEST_FRAME
        ),
        "n_frames": Integer(
            43,
            "Frames of a texture window: 1 s. A clip of fewer frames is one window.",
            low=1,
            high=_LONGEST_TEXTURE,
        ),
    }

    def _row_names(self):
        return ["low_energy"]

    def _waveform_function(self):
        return functools.partial(
            low_energy,
            n_fft=int(self.n_fft),
            hop_length=int(self.hop_length),
            n_frames=int(self.n_frames),
        )
