"""Sphere, voc, svx and wve: what their headers say about the length."""

import numpy as np
import pytest
from helpers import sound_file

from sklearn_genre import AudioError, load_audio

RATE = 8000
FORMATS = [
    ("NIST", "PCM_16", 2),
    ("NIST", "PCM_24", 1),
    ("NIST", "ULAW", 2),
    ("VOC", "PCM_16", 2),
    ("VOC", "ALAW", 1),
    ("SVX", "PCM_16", 1),
    ("SVX", "PCM_S8", 1),
    ("WVE", "ALAW", 1),
]


def written(format="NIST", subtype="PCM_16", channels=1):
    wave = np.random.default_rng(0).uniform(-0.3, 0.3, (RATE, channels))
    return sound_file(wave, RATE, format, subtype)


@pytest.mark.parametrize(("format", "subtype", "channels"), FORMATS)
def test_fewer_samples_than_promised(format, subtype, channels):
    content = written(format, subtype, channels)
    for whole in (content, content + bytes(99)):
        assert len(load_audio(whole)[0]) >= RATE
    for share in (0.99, 0.5):
        with pytest.raises(AudioError, match=r"it is truncated \(its header promises"):
            load_audio(content[: int(share * len(content))], duration=0.1)


@pytest.mark.parametrize("count", [b"sample_count -i 0", b"sample_count -s3 any", b""])
def test_sphere_that_states_no_length(count):
    content = written()
    head = content[:1024].replace(b"sample_count -i 8000", count).ljust(1024, b"\0")
    assert 0 < len(load_audio(head + content[1024:9000])[0]) < RATE


def test_sphere_that_is_compressed():
    content = written()
    head = content[:1024].replace(b"-s3 pcm", b"-s9 pcm,short")[:1024]
    with pytest.raises(AudioError) as info:
        load_audio(head + content[1024:9000])
    assert "truncated" not in str(info.value)


def test_voc_ends_at_its_last_block():
    content = written("VOC")
    assert content.endswith(b"\0")
    assert len(load_audio(content + b"\1\xff\xff\xff")[0]) >= RATE
