"""A synthetic data set: deterministic, free of licenses, made without any files."""

import numbers
from pathlib import Path

import numpy as np
from sklearn.utils import check_random_state

from ...parameters import Integer, Real
from .._base import choose_genres, documented, make_bunch
from .instruments import STYLES, draw_artist, render_clip

_DESCR = """\
Synthetic genres
================
{n_clips} clips of {duration:g} s at {sample_rate} Hz by {n_artists} synthetic artists,
made by make_genre_audio(random_state={random_state}).
Styles: {styles}.

The styles differ in rhythm, harmony, articulation and noise. Level, key, tempo and
coarse spectrum are drawn from the same ranges for all of them. An artist plays one
style and keeps timbre, room, equalizer curve, hiss, usual level and usual tempo
through all clips: split by ``groups`` to measure genre, not artist.

The set is for tests, tutorials and continuous integration. A score on it says that a
pipeline works, and nothing about music. The sound is computed, so nobody holds rights
in it; the code that makes it is under the BSD-3-Clause license.
"""


@documented
def make_genre_audio(
    n_clips_per_genre=15,
    *,
    n_artists_per_genre=5,
    duration=4.0,
    sample_rate=22050,
    genres=None,
    directory=None,
    random_state=0,
):
    """Make short clips in synthetic styles that take real features to tell apart.

    Eight styles differ in rhythm, harmony, articulation and noise, while level, key,
    tempo and coarse spectrum come from ranges that all styles share. So loudness says
    nothing about the style and a mean spectrum says little; what happens over time says
    a lot. Artists differ in timbre, room, mix and level, so that a split by clip and a
    split by artist give different scores, as with real music.

    A clip depends only on ``random_state``, its style, its artist and its number: with
    more clips or fewer styles, the others do not change.

    Parameters
    ----------
    n_clips_per_genre : int, default=15
        Clips of each style, >= 1.
    n_artists_per_genre : int, default=5
        Artists of each style, >= 1; clip i is played by artist
        ``i % n_artists_per_genre``.
    duration : float, default=4.0
        Length of a clip in seconds, >= 1.
    sample_rate : int, default=22050
        Hz, >= 8000.
    genres : sequence of str or None, default=None
        Which styles, of "ambient", "arpeggio", "breakbeat", "chorale", "dub",
        "swing", "techno" and "waltz". None takes all.
    directory : path-like or None, default=None
        Where to write the clips as 16-bit wav files, one folder per genre. It must be
        empty or absent. None writes nothing.
    random_state : int, RandomState instance or None, default=0
        An integer gives the same clips in every call; between machines the last digits
        may differ.

    Returns
    -------
    data : Bunch
        - ``audio``: list of ndarray of shape (round(duration * sample_rate),),
          float32 within [-1, 1]; None if ``directory`` is given;
        - ``sample_rate``: int;
        - ``paths``: ndarray of shape (n_clips,) of str, sorted; None if
          ``directory`` is None;
        - ``target``: ndarray of shape (n_clips,) of str, the styles;
        - ``groups``: ndarray of shape (n_clips,) of str, the artists;
        - ``DESCR``: str, with what the set is suitable for.

    Raises
    ------
    ValueError
        If a parameter is out of range or a style is unknown.
    FileExistsError
        If ``directory`` is a file or holds anything.

    See Also
    --------
    load_folder : Real music, one directory per genre.

    Notes
    -----
    The idea of confounding artist and genre follows [1]_.

    References
    ----------
    .. [1] E. Pampalk, A. Flexer, G. Widmer, "Improvements of audio-based music
       similarity and genre classification", ISMIR 2005.

    Examples
    --------
    >>> from sklearn_genre import make_genre_audio
    >>> data = make_genre_audio(2, genres=["swing", "waltz"], duration=1.0)
    >>> len(data.audio), data.audio[0].shape, data.audio[0].dtype
    (4, (22050,), dtype('float32'))
    >>> data.target.tolist()
    ['swing', 'swing', 'waltz', 'waltz']
    >>> data.groups.tolist()
    ['swing-artist00', 'swing-artist01', 'waltz-artist00', 'waltz-artist01']
    """
    Integer(low=1).check_value("n_clips_per_genre", n_clips_per_genre)
    Integer(low=1).check_value("n_artists_per_genre", n_artists_per_genre)
    Real(low=1).check_value("duration", duration)
    Integer(low=8000).check_value("sample_rate", sample_rate)
    genres = choose_genres(genres, STYLES, "make_genre_audio")
    root = None if directory is None else _new_folder(directory)
    seed = random_state
    if not isinstance(seed, numbers.Integral):
        seed = check_random_state(random_state).randint(2**31 - 1)
    audio, target, groups, paths = [], [], [], []
    for genre in genres:
        for number in range(n_clips_per_genre):
            artist = number % n_artists_per_genre
            clip = _clip(seed, genre, artist, number, duration, sample_rate)
            target.append(genre)
            groups.append(f"{genre}-artist{artist:02d}")
            if root is None:
                audio.append(clip)
            else:
                path = root / genre / f"{genre}.{number:05d}.wav"
                paths.append(_write(path, clip, sample_rate))
    return make_bunch(
        paths if root is not None else None,
        target,
        groups=groups,
        descr=_DESCR.format(
            n_clips=len(target),
            duration=duration,
            sample_rate=sample_rate,
            n_artists=len(set(groups)),
            random_state=random_state,
            styles=", ".join(genres),
        ),
        audio=audio if root is None else None,
        sample_rate=sample_rate,
    )


def _clip(seed, genre, artist, number, duration, sample_rate):
    """Make one clip from the numbers that identify it."""
    style = list(STYLES).index(genre)
    artist_seed = np.random.SeedSequence([seed, style, artist])
    rng = np.random.default_rng([seed, style, artist, number + 1])
    return render_clip(
        genre,
        draw_artist(np.random.default_rng(artist_seed)),
        artist_seed,
        rng,
        duration=duration,
        sample_rate=sample_rate,
    )


def _new_folder(directory):
    """Return an empty folder to write to."""
    root = Path(directory).expanduser()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileExistsError(
            f"directory {str(root)!r} exists and is not an empty folder; its files "
            "would mix with the new clips. Give another folder, or empty it."
        )
    root.mkdir(parents=True, exist_ok=True)
    return root


def _write(path, clip, sample_rate):
    """Write one wav file and return its path."""
    import soundfile

    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, clip, sample_rate, subtype="PCM_16")
    return path
