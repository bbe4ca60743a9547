"""Open audio files, of which any stretch can be read."""

import contextlib

from ._containers import inspect, is_container
from ._errors import RefusedError
from ._foreign import ForeignSound
from ._mpeg import MpegSound, scan
from ._sound import Sound
from ._sources import check_rate, for_libsndfile, opened, unbuffered


@contextlib.contextmanager
def open_audio(source, name):
    """Open a source of audio, to read its samples by their position.

    Parameters
    ----------
    source : path, bytes or binary file object
    name : str
        For messages.

    Yields
    ------
    sound : Sound

    Raises
    ------
    AudioError
        If it cannot be opened or decoded.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(opened(source, name))
        sound = stack.enter_context(contextlib.closing(_sound(source, file, name)))
        check_rate(sound.rate, name)
        yield sound


def _sound(source, file, name):
    """Return what reads the samples of a source, of which ``file`` is open."""
    head = inspect(file, name)
    try:
        return _own(source, file, name, head)
    except RefusedError as refusal:
        return ForeignSound(unbuffered(source, file), refusal, head)


def _own(source, file, name, head):
    """Return what reads the samples through libsndfile."""
    frames = None if is_container(head) else scan(file, name)
    if frames is not None and not frames.plain:
        return MpegSound(frames, name, head)
    file.seek(0)
    source, how = for_libsndfile(source, file)
    if frames is not None:
        return MpegSound(frames, name, head, source, **how)
    return Sound(source, name, head, **how)
