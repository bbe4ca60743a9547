"""flac: as many samples as its frames hold, whatever the header says."""

import io

import numpy as np
import pytest
import soundfile
from helpers import sound_file

from sklearn_genre import AudioError, load_audio
from sklearn_genre.audio._flac import last_sample, read_info

from ..odd_bytes import flac_total
from .mpeg_files import ID3V1, id3

RATE = 22050
N = 3 * RATE


def written(n=N, channels=1, subtype="PCM_16", rate=RATE):
    wave = 0.2 * np.random.default_rng(n).standard_normal((n, channels))
    wave[n // 2 :] *= 0.01  # frames of very different sizes
    return sound_file(wave, rate, "FLAC", subtype)


FLAC = written()
WHOLE = load_audio(FLAC)[0]


def claiming(n, content=FLAC):
    """The same flac with another number of samples in its header."""
    return flac_total(content, n)


@pytest.mark.parametrize(
    "content",
    [
        FLAC,
        claiming(0),
        claiming(N // 3),
        claiming(N - 1),
        claiming(1),
        FLAC + bytes(5000),
        claiming(0) + bytes(5000),
        claiming(0) + ID3V1,
        id3(128) + claiming(0),
        id3(128) + FLAC + ID3V1,
        claiming(0) + np.random.default_rng(0).bytes(5000),
    ],
)
def test_all_samples_are_read(tmp_path, content):
    path = tmp_path / "song.flac"
    path.write_bytes(content)
    for source in (path, content, io.BytesIO(content)):
        np.testing.assert_array_equal(load_audio(source)[0], WHOLE)
        part = load_audio(source, offset=2.0, duration=0.1)[0]
        np.testing.assert_array_equal(part, WHOLE[2 * RATE :][: RATE // 10])
        rest = load_audio(source, offset=2.9)[0]
        np.testing.assert_array_equal(rest, WHOLE[round(2.9 * RATE) :])


@pytest.mark.parametrize("n", [1, 15, 16, 192, 4095, 4096, 4097, 576 * 20, 2**18 + 3])
@pytest.mark.parametrize(
    ("channels", "subtype", "rate"),
    [(1, "PCM_16", 8000), (2, "PCM_S8", 44100), (6, "PCM_24", 96000), (8, "PCM_16", 7)],
)
def test_the_last_frame_tells_the_number_of_samples(n, channels, subtype, rate):
    content = written(n, channels, subtype, max(rate, 1000))
    info = read_info(content[:64])
    assert info.total == n
    assert last_sample(io.BytesIO(content), info) == n
    unknown = claiming(0, content)
    assert last_sample(io.BytesIO(unknown), read_info(unknown[:64])) == n


@pytest.mark.parametrize("n", [N + 1, 2 * N, 2**36 - 1])
def test_header_that_promises_too_much(n):
    for span in ({}, {"duration": 0.1}):
        with pytest.raises(
            AudioError, match=rf"promises {n} samples, its last is {N}\)"
        ):
            load_audio(claiming(n), **span)


@pytest.mark.parametrize("share", [0.97, 0.5, 0.1])
def test_truncated(share):
    cut = int(share * len(FLAC))
    with pytest.raises(
        AudioError, match=rf"truncated \(its header promises {N} samples"
    ):
        load_audio(FLAC[:cut])
    with pytest.raises(AudioError, match="it is damaged"):
        load_audio(claiming(0)[:cut])


def test_a_missing_frame_is_damage():
    starts = [k for k in range(len(FLAC) // 2) if FLAC[k : k + 4] == FLAC_SYNC]
    assert len(starts) > 3
    with pytest.raises(AudioError, match="damaged"):
        load_audio(FLAC[: starts[1]] + FLAC[starts[2] :])


FLAC_SYNC = FLAC[FLAC.index(b"\xff\xf8") :][:4]


@pytest.mark.parametrize(
    "second", [FLAC, written(RATE), written(5 * RATE), claiming(0)]
)
@pytest.mark.parametrize("first", [FLAC, claiming(0)])
def test_joined_files_are_refused(tmp_path, first, second):
    path = tmp_path / "song.flac"
    path.write_bytes(first + second)
    for source in (path, first + second):
        with pytest.raises(AudioError):
            load_audio(source)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
def test_silence_is_no_missing_frame(tmp_path, channels, subtype):
    wave = 0.2 * np.random.default_rng(3).standard_normal((10**5, channels))
    for start, stop in ((0, 9000), (20_000, 20_700), (30_001, 60_007), (99_000, 10**5)):
        wave[start:stop] = 0
    path = tmp_path / "song.flac"
    for quiet in (wave, 0 * wave):
        soundfile.write(path, quiet, 44100, subtype=subtype)
        waveform, _ = load_audio(path)
        assert len(waveform) == 10**5
        for offset in (0.1, 0.4617, 0.7, 2.2):
            part = load_audio(path, offset=offset, duration=0.5)[0]
            start = round(44100 * offset)
            np.testing.assert_array_equal(part, waveform[start : start + 22050])


@pytest.mark.parametrize("total", [0, N])
def test_blocks_that_the_header_calls_longer(total):
    longer = claiming(total)[:10] + b"\x21" + FLAC[11:13]
    wave, _ = load_audio(longer + claiming(total)[13:])
    np.testing.assert_array_equal(wave, WHOLE)
