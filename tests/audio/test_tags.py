"""Tags of mp3 before files of other formats."""

import io

import numpy as np
import pytest
from helpers import RATE, sound_file

from sklearn_genre import AudioError, load_audio

from .mpeg_files import id3

WAVE = 0.3 * np.random.default_rng(0).standard_normal(RATE)


def written(format, subtype=None):
    return sound_file(WAVE, RATE, format, subtype)


CONTENTS = {
    **{name: written(name) for name in ("WAV", "AIFF", "AU", "CAF", "W64", "RF64")},
    **{name: written(name) for name in ("FLAC", "OGG")},
    "WAV of IMA_ADPCM": written("WAV", "IMA_ADPCM"),
    "WAV of GSM610": written("WAV", "GSM610"),
}
contents = pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)


@contents
def test_no_sample_is_lost(tmp_path, content):
    path = tmp_path / "song"
    expected, _ = load_audio(content)
    for tags in (id3(500), id3(501) + id3(7)):
        path.write_bytes(tags + content)
        for source in (path, tags + content, io.BytesIO(tags + content)):
            np.testing.assert_array_equal(load_audio(source)[0], expected)
            part, _ = load_audio(source, offset=0.5, duration=0.1)
            np.testing.assert_array_equal(part, expected[4000:4800])


@contents
def test_truncation_is_noticed(content):
    with pytest.raises(AudioError, match=r"truncated|damaged"):
        load_audio(id3(500) + content[: 2 * len(content) // 3])


@pytest.mark.parametrize(
    "content",
    [
        id3(3000),
        id3(3000) + b"a text of some length" * 99,
        id3(3000) + b"\xff\xfb\x90\x64" + bytes(5000),
        "a text".encode("utf-16") * 99,
        b"\xff\xff\xff\xff" + bytes(5000),
    ],
)
def test_tags_without_sound(capfd, content):
    with pytest.raises(AudioError, match="no frames of MPEG audio follow each other"):
        load_audio(content)
    assert capfd.readouterr() == ("", "")
