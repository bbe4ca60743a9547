"""Open audio files, of which any stretch can be read."""

import contextlib

from ._containers import inspect, is_container, mended
from ._errors import RefusedError, reading, undecodable
from ._flac import FlacSound, corrected
from ._foreign import ForeignSound
from ._mpeg import MpegSound, scan
from ._ogg import ChainedSound, OggSound, find_links
from ._pieces import joined
from ._sound import Sound
from ._sources import check_rate, for_libsndfile, opened, unbuffered
from ._tags import behind_tags

# what libsndfile takes for MPEG audio
_MPEG_BEGINNINGS = (b"ID3", *(bytes((0xFF, byte)) for byte in range(0xE0, 0x100)))
# codecs of wav files: MPEG audio of layers I or II, and III
_MPEG_TAGS = (0x50, 0x55)


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
        with reading(name):
            whole = stack.enter_context(opened(source, name))
            file = behind_tags(whole)
            source = source if file is whole else file
            sound = stack.enter_context(contextlib.closing(_sound(source, file, name)))
        check_rate(sound.rate, name)
        yield sound


def _sound(source, file, name):
    """Return what reads the samples of a source, of which ``file`` is open."""
    head, chunks = inspect(file, name)
    try:
        return _own(source, file, name, head, chunks)
    except RefusedError as refusal:
        file = unbuffered(source, file)
        return _bare(chunks, name, head) or ForeignSound(file, refusal, head)


def _own(source, file, name, head, chunks):
    """Return what reads the samples through libsndfile."""
    if head.startswith(b"OggS"):
        return _ogg(source, file, name, head)
    if head.startswith(b"fLaC"):
        return _flac(source, file, name, head)
    frames = _frames(file, name, head, chunks)
    if frames is not None and not (frames.plain or frames.alone):
        return MpegSound(frames, name, head)
    whole = mended(file, head, chunks)
    if whole is not None:
        return Sound(whole, name, head)
    source, how = for_libsndfile(source, file)
    if frames is not None:
        return MpegSound(frames, name, head, source, **how)
    return Sound(source, name, head, **how)


def _ogg(source, file, name, head):
    """Return what reads the samples of an Ogg file."""
    links = find_links(file, name)
    try:
        if len(links) > 1:
            return ChainedSound(links, name, head)
        if links and not links[0].is_plain:
            return OggSound(links[0], name, head)
        source, how = for_libsndfile(source, file)
        if links:
            return OggSound(links[0], name, head, source, **how)
        return Sound(source, name, head, **how)
    except RefusedError as refusal:
        refusal.lacks = next((link.lacks for link in links if link.lacks), "")
        raise


def _flac(source, file, name, head):
    """Return what reads the samples of a flac file."""
    whole = corrected(file, name, head)
    if whole is not None:
        return FlacSound(whole, name, head)
    source, how = for_libsndfile(source, file)
    return FlacSound(source, name, head, **how)


def _frames(file, name, head, chunks):
    """Return the frames of MPEG audio in a file, alone or in a wav, or None."""
    place = chunks and chunks.place_of_samples()
    in_wav = place and chunks.format_tag() in _MPEG_TAGS
    frames = None
    if in_wav:
        frames = scan(joined([(file, *place)]), name)
    elif not is_container(head):
        frames = scan(file, name)
    if frames is None and (in_wav or head.startswith(_MPEG_BEGINNINGS)):
        # libsndfile would search for frames as well, and say so on standard error
        raise undecodable(name, head, "no frames of MPEG audio follow each other")
    if in_wav:
        frames.plain = frames.alone = False
    return frames


def _bare(chunks, name, head):
    """Return what reads a file of chunks without those that confuse libsndfile."""
    bare = None if chunks is None else chunks.bare()
    try:
        return bare and Sound(bare, name, head)
    except RefusedError:
        return None
