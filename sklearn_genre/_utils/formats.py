"""Formats of audio files: their endings, their first bytes, what decodes them."""

import os

#: What libsndfile decodes on every platform, with the endings of such files.
FORMATS = {
    "wav": (".wav", ".wave", ".bwf", ".rf64"),
    "aiff": (".aif", ".aiff", ".aifc"),
    "au": (".au", ".snd"),
    "flac": (".flac",),
    "ogg (Vorbis or Opus)": (".ogg", ".oga", ".opus"),
    "mp3": (".mp3", ".mp2", ".mpga"),
    "caf": (".caf",),
    "w64": (".w64",),
}
#: What FFmpeg decodes, through an optional package. Of the formats of video files,
#: these are the ones that often hold nothing but music.
FOREIGN = {
    "m4a and mp4 (AAC or ALAC)": (".m4a", ".m4b", ".m4r", ".mp4", ".alac"),
    "aac": (".aac", ".adts"),
    "wma": (".wma",),
    "webm and mka": (".webm", ".weba", ".mka"),
    "ape": (".ape",),
    "wavpack": (".wv",),
    "speex": (".spx",),
    "ac3": (".ac3", ".eac3", ".ec3"),
    "dts": (".dts",),
    "dsd": (".dsf", ".dff"),
    "musepack": (".mpc", ".mp+"),
    "tta": (".tta",),
    "tak": (".tak",),
    "amr": (".amr",),
    "RealAudio": (".ra",),
}
FOREIGN_EXTENSIONS = tuple(end for ends in FOREIGN.values() for end in ends)
AUDIO_EXTENSIONS = (
    *(end for ends in FORMATS.values() for end in ends),
    *FOREIGN_EXTENSIONS,
)
READABLE = f"{', '.join(list(FORMATS)[:-1])} and {list(FORMATS)[-1]}"
#: How to install what decodes the others.
INSTALL_CODECS = "pip install 'sklearn-genre[codecs]'"

# endings by content type
MEDIA_TYPES = {
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/mp4": ".m4a",
    "audio/x-m4a": ".m4a",
    "audio/aac": ".aac",
    "audio/ogg": ".ogg",
    "audio/opus": ".opus",
    "audio/flac": ".flac",
    "audio/x-flac": ".flac",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/wave": ".wav",
    "audio/webm": ".webm",
    "audio/x-ms-wma": ".wma",
}

# first bytes of what libsndfile decodes
_OWN = (b"RIFF", b"RF64", b"riff", b".snd", b"fLaC", b"OggS", b"FORM", b"caff", b"ID3")
# RIFF and MP4 are also containers of pictures and video
_NO_SOUND = (b"AVI ", b"WEBP", b"heic", b"heix", b"mif1", b"msf1", b"avif", b"crx ")
# what needs FFmpeg, by bytes at an offset
_FOREIGN_BEGINNINGS = (
    (4, b"ftyp", "an MP4 file (m4a: AAC or ALAC)"),
    (0, b"\x30\x26\xb2\x75", "a Windows Media file (wma)"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"\xff\xf1", "a raw AAC stream"),
    (0, b"\xff\xf9", "a raw AAC stream"),
    (0, b"MAC ", "a Monkey's Audio file (ape)"),
    (0, b"wvpk", "a WavPack file (wv)"),
    (28, b"Speex", "an Ogg file with Speex"),
    (28, b"\x7fFLAC", "an Ogg file with FLAC"),
    (0, b"\x0bw", "an AC-3 stream"),
    (0, b"\x7f\xfe\x80\x01", "a DTS stream"),
    (0, b"DSD ", "a DSD file (dsf)"),
    (0, b"FRM8", "a DSD file (dff)"),
    (0, b"MPCK", "a Musepack file"),
    (0, b"MP+", "a Musepack file"),
    (0, b"TTA1", "a True Audio file (tta)"),
    (0, b"tBaK", "a TAK file"),
    (0, b"#!AMR", "an AMR file"),
    (0, b".RMF", "a RealMedia file"),
    (0, b"G@", "an MPEG transport stream (ts)"),
)
#: How many bytes tell what a file is.
HEAD = 64


def has_ending(path, extensions=AUDIO_EXTENSIONS):
    """Return whether a path ends in one of the extensions, in any case."""
    return os.path.splitext(path)[1].lower() in extensions


def foreign_kind(head):
    """Return what libsndfile does not decode, in words, by the first bytes, or None."""
    return next(
        (
            kind
            for at, magic, kind in _FOREIGN_BEGINNINGS
            if head[at:].startswith(magic)
        ),
        None,
    )


def starts_as_audio(head):
    """Return whether a file with these first bytes may be audio, in any format."""
    # 11 bits of a frame of mp3, and a bit rate that is not the invalid one
    mpeg = head[:1] == b"\xff" and head[1:2] >= b"\xe0" and head[2:3] < b"\xf0"
    # two bytes in front of a text in UTF-16
    mpeg = mpeg and head[:2] != b"\xff\xfe"
    known = mpeg or head.startswith(_OWN) or foreign_kind(head)
    return bool(known) and head[8:12] not in _NO_SOUND
