"""Tags of songs, and how they change over time."""

from dataclasses import dataclass

import numpy as np

from .._utils.clips import open_song
from .._utils.device import resolve_device
from ..parameters import Device, Integer, OneOf
from ._musicnn import SHORTEST, MusicnnEmbedding, cut, hop_frames, outputs
from ._published import MODELS, TAGS
from ._spectrogram import HOP, RATE, mel_blocks
from ._windows import long_enough


@dataclass(frozen=True)
class Taggram:
    """The tags of a song over time.

    Attributes
    ----------
    times : ndarray of shape (n_windows,)
        Where each window of 3 s starts, in seconds.
    tags : tuple of str of length n_tags
    values : ndarray of shape (n_windows, n_tags), float32
        The probability of each tag in each window.

    See Also
    --------
    taggram : Makes it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.embedding import Taggram
    >>> values = np.array([[0.1, 0.6], [0.3, 0.4]])
    >>> found = Taggram(np.array([0.0, 2.992]), ("jazz", "metal"), values)
    >>> found.top(1)
    [('metal', 0.5)]
    >>> found.tags[found.values[1].argmax()]  # from 3 s on
    'metal'
    """

    times: np.ndarray
    tags: tuple
    values: np.ndarray

    def top(self, n=5):
        """Return the tags with the highest mean over the song.

        Parameters
        ----------
        n : int or None, default=5
            How many, at most; None gives all.

        Returns
        -------
        tags : list of (str, float)
            From the highest mean on.
        """
        Integer(low=1, none=True).check_value("n", n)
        mean = self.values.mean(axis=0)
        return [(self.tags[k], float(mean[k])) for k in mean.argsort()[::-1][:n]]


def top_tags(source, *, top=5, model="msd", hop=3.0, device="cpu"):
    """Tag a song: the most probable of 50 tags, by their mean over the song.

    Parameters
    ----------
    source : path-like, bytes, binary file or (array, rate) pair
        The song, of any length.
    top : int or None, default=5
        Number of tags, >= 1; None gives all.
    model : {"msd", "mtt"}, default="msd"
        The network, as for `taggram`.
    hop : float, default=3.0
        Seconds from one window of 3 s to the next.
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda", "cuda:1", ... or "auto".

    Returns
    -------
    tags : list of (str, float)
        Tags and their probabilities, in [0, 1], the most probable first.

    Raises
    ------
    AudioError
        If the song cannot be decoded or used.
    ValueError
        If a parameter is not legal.

    See Also
    --------
    taggram : The tags over time.
    load_pretrained : The taggers as models, for many files.
    predict_genre : The genre of a file.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import top_tags
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 10 * 44100)
    >>> [tag for tag, probability in top_tags((noise, 44100), top=2)]
    ['electronic', 'rock']
    """
    Integer(low=1, none=True).check_value("top", top)
    return taggram(source, model=model, hop=hop, device=device).top(top)


def taggram(source, *, model="msd", hop=3.0, device="cpu"):
    """Tag a song window by window.

    The song is read, and its windows computed, one after another, so that memory does
    not depend on its length.

    Parameters
    ----------
    source : path-like, bytes, binary file or (array, rate) pair
        The song.
    model : {"msd", "mtt"}, default="msd"
        The network, as for `MusicnnEmbedding`.
    hop : float, default=3.0
        Seconds from one window of 3 s to the next, rounded to frames of 16 ms.
    device : str, default="cpu"
        Where the network computes: "cpu", "cuda", "cuda:1", ... or "auto".

    Returns
    -------
    taggram : Taggram
        With ``times``, ``tags``, ``values``, and a method ``top(n)``.

    Raises
    ------
    AudioError
        If the song cannot be decoded or used.
    ValueError
        If a parameter is not legal.

    See Also
    --------
    top_tags : The tags of the whole song.
    MusicnnEmbedding : Features of many songs.

    Notes
    -----
    Listeners give a song few of the tags that fit, so probabilities are low: 0.3 is
    much. They do not tell music from speech or noise; `OpenSetClassifier` does.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre import taggram
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 10 * 44100)
    >>> found = taggram((noise, 44100))
    >>> found.values.shape, found.times
    ((3, 50), array([0.   , 2.992, 5.984]))
    >>> found.top(2)[0][0]
    'electronic'
    """
    OneOf(choices=MODELS).check_value("model", model)
    MusicnnEmbedding._rules["hop"].check_value("hop", hop)
    Device().check_value("device", device)
    step = hop_frames(hop)
    with open_song(source, 0, sample_rate=RATE, resampler="kaiser_best") as song:
        short = song.n_samples < SHORTEST
        blocks = [long_enough(song.wave(), SHORTEST)] if short else song.blocks()
        windows = cut(mel_blocks(blocks), step)
        device = resolve_device(device)
        values = outputs(windows, model=model, layers=("taggram",), device=device)
    times = np.arange(len(values)) * step * HOP / RATE
    return Taggram(times, TAGS[model], values)
