"""mp3 and its kin: every frame that is there, and no more than that."""

import io
import re

import numpy as np
import pytest
import soundfile
from helpers import sound_file

from sklearn_genre import AudioError, load_audio
from sklearn_genre.audio import open_audio
from sklearn_genre.audio._mpeg import scan
from sklearn_genre.audio._mpeg_headers import Sizes, kind_of

from ..odd_bytes import patched, promising, vbri
from .foreign_files import checksum
from .mpeg_files import (
    ID3V1,
    LYRICS,
    RATE,
    ape,
    encoded,
    frames_of,
    headerless,
    id3,
    tone,
)

SIZE = 1152
STEREO = encoded(2, channels=2)
BARE = headerless(STEREO)
N_FRAMES = len(frames_of(STEREO))
LOUD_FIRST = encoded(2, mode="VARIABLE", level=0.2)
RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]


def length(content):
    return len(load_audio(content)[0])


def decoded(content):
    """The samples of a file as libsndfile reads them, channels averaged."""
    return soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)[0]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
def test_rates_with_and_without_header(rate, channels):
    content = encoded(1, rate, channels)
    assert length(content) == rate
    bare = headerless(content)
    size = SIZE if rate >= 32000 else SIZE // 2
    assert length(bare) == len(frames_of(content)) * size
    delay = 1105  # of encoder and decoder
    np.testing.assert_array_equal(
        load_audio(bare)[0][delay : delay + rate // 2],
        load_audio(content)[0][: rate // 2],
    )


@pytest.mark.parametrize("mode", ["CONSTANT", "AVERAGE", "VARIABLE"])
def test_a_file_without_header_is_as_long_as_its_frames(tmp_path, mode):
    loud = tone(2, channels=2) + np.random.default_rng(0).normal(0, 0.2, (2 * RATE, 2))
    wave = np.concatenate([loud, np.zeros((2 * RATE, 2))])
    bare = headerless(sound_file(wave, RATE, "MP3", bitrate_mode=mode))
    path = tmp_path / "song.mp3"
    path.write_bytes(bare)
    n = len(frames_of(bare)) * SIZE
    for source in (path, bare, io.BytesIO(bare)):
        waveform, rate = load_audio(source)
        assert (len(waveform), rate) == (n, RATE)
    whole = load_audio(bare)[0]
    part = load_audio(path, offset=3.0, duration=0.5)[0]
    np.testing.assert_array_equal(part, whole[3 * RATE :][: RATE // 2])


@pytest.mark.parametrize("content", [STEREO, BARE, LOUD_FIRST, headerless(LOUD_FIRST)])
def test_any_stretch_equals_that_of_the_whole(tmp_path, capfd, content):
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    with open_audio(path, "song") as sound:
        whole = np.concatenate([*sound.blocks(0, sound.n_samples)])
        for start in (0, 1, 70_000, 1151, 40_000, sound.n_samples - 3):
            stop = min(start + 3000, sound.n_samples)
            part = np.concatenate([*sound.blocks(start, stop)])
            np.testing.assert_array_equal(part, whole[start:stop])
    n = min(len(decoded(content)), len(whole))
    np.testing.assert_array_equal(whole[:n], decoded(content)[:n])
    assert capfd.readouterr() == ("", "")


JUNK = {
    "ID3": (id3(3000), b""),
    "two ID3": (id3(3000) + id3(10), b""),
    "ID3 of megabytes": (id3(2**21 - 1), b""),
    "ID3 and zeros": (id3(3000) + bytes(10**5), b""),
    "ID3 too short": (id3(100)[:-10] + bytes(500) + b"\xff" * 10, b""),
    "ID3 longer than the file": (b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f", b""),
    "ID3v1": (b"", ID3V1),
    "APE": (ape(2000), ape(5000)),
    "Lyrics3": (b"", LYRICS + ID3V1),
    "all of them": (id3(10) + ape(10), ape(10) + LYRICS + ID3V1 + bytes(99)),
    "zeros": (bytes(3000), bytes(500)),
    "many zeros": (bytes(2**20 + 1), bytes(3 * 2**20)),
    "ones": (b"\xff" * 5000, b"\xff" * 5000),
    "noise": (
        np.random.default_rng(1).bytes(9000),
        np.random.default_rng(2).bytes(10**5),
    ),
    "lone headers": (
        BARE[:4] + bytes(700),
        bytes(9) + BARE[:4] + bytes(100) + BARE[:4],
    ),
    "the end of a frame": (
        BARE[700 : len(frames_of(BARE)[0] + frames_of(BARE)[1])],
        b"",
    ),
    "the start of a frame": (b"", BARE[:100]),
    "an open cover": (b"", b"\xff\xd8\xff\xe0" + BARE[200:300] * 50),
}


@pytest.mark.filterwarnings("ignore:.*its last frame is cut")
@pytest.mark.parametrize(("before", "behind"), JUNK.values(), ids=JUNK)
def test_junk_is_passed_over(capfd, before, behind):
    assert length(before + BARE + behind) == N_FRAMES * SIZE
    middle = before + BARE + behind + before + BARE + behind
    assert length(middle) == 2 * N_FRAMES * SIZE
    with_header = length(before + STEREO + behind)
    assert with_header in (2 * RATE, N_FRAMES * SIZE - 1105)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "shift", [-1200, -523, -522, -521, -3, -2, -1, 0, 1, 2, 3, 600]
)
@pytest.mark.parametrize("edge", [2**20 - 2**16, 2**20])
def test_blocks_of_the_search_may_end_anywhere(edge, shift):
    zeros = bytes(edge + shift)
    assert length(zeros + BARE) == N_FRAMES * SIZE
    assert length(BARE + zeros + BARE) == 2 * N_FRAMES * SIZE
    assert length(id3(edge + shift) + BARE) == N_FRAMES * SIZE


def test_long_files_are_searched_block_by_block():
    many = 2**21 // len(BARE) + 1
    content = BARE * many
    assert length(content + bytes(10) + BARE) == (many + 1) * N_FRAMES * SIZE
    starts = scan(io.BytesIO(content), "file").offsets
    sizes = np.tile(
        np.diff(scan(io.BytesIO(BARE + BARE), "file").offsets)[:N_FRAMES], many
    )
    np.testing.assert_array_equal(np.diff(starts), sizes[:-1])


def test_joined_files_are_read_to_the_end():
    assert length(BARE + BARE) == 2 * N_FRAMES * SIZE
    # of the headers between, none is decoded
    assert length(STEREO + STEREO) == 2 * N_FRAMES * SIZE - 1105
    assert length(STEREO + BARE) == 2 * N_FRAMES * SIZE - 1105
    assert length(BARE + id3(500) + STEREO) == 2 * N_FRAMES * SIZE
    waveform = load_audio(STEREO + STEREO)[0]
    second = waveform[N_FRAMES * SIZE :][:RATE]
    np.testing.assert_allclose(second, load_audio(STEREO)[0][:RATE], atol=1e-6)


@pytest.mark.parametrize("left", [2, 3, 4, 100, 300])
def test_a_last_frame_that_is_cut_is_told(tmp_path, left):
    frames = frames_of(BARE)
    path = tmp_path / "song.mp3"
    path.write_bytes(b"".join(frames[:-1]) + frames[-1][:left])
    match = f"^{re.escape(str(path))}: its last frame is cut; what is there is used"
    with pytest.warns(UserWarning, match=match) as warned:
        assert len(load_audio(path)[0]) == (N_FRAMES - 1) * SIZE
    assert len(warned) == 1
    with pytest.warns(UserWarning, match=match):
        load_audio(path, duration=0.1)
    with pytest.warns(UserWarning, match="its last frame is cut"):
        assert length(STEREO + path.read_bytes()) == (2 * N_FRAMES - 1) * SIZE - 1105


@pytest.mark.parametrize("behind", [b"", BARE[:1], BARE[:100], bytes(100), ID3V1])
def test_nothing_is_told_of_what_is_behind_all_frames(behind):
    assert length(STEREO + behind) in (2 * RATE, N_FRAMES * SIZE - 1105)
    if not behind.startswith(BARE[:4]):
        assert length(BARE + behind) == N_FRAMES * SIZE


def test_a_frame_cut_by_the_next_file_is_left_out():
    first = BARE[: len(b"".join(frames_of(BARE)[:20])) + 100]
    assert length(first + BARE) == (20 + N_FRAMES) * SIZE


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (encoded(1, 48000, 2), "48,000 Hz stereo of layer III"),
        (encoded(1, 22050, 2), "22,050 Hz stereo of layer III"),
        (encoded(1, RATE, 1), "44,100 Hz mono of layer III"),
    ],
)
def test_joined_files_of_other_kinds_are_refused(other, words):
    for content in (STEREO + other, BARE + bytes(5000) + headerless(other)):
        with pytest.raises(AudioError) as info:
            load_audio(content)
        assert f"changes from 44,100 Hz stereo of layer III to {words}" in str(
            info.value
        )
        assert info.value.cause.startswith(f"after {N_FRAMES * SIZE / RATE:.6g} s")


@pytest.mark.parametrize("share", [0.97, 0.5, 0.1])
def test_fewer_frames_than_promised(share):
    content = STEREO[: int(share * len(STEREO))]
    n = len(frames_of(BARE[: len(content) - (len(STEREO) - len(BARE))]))
    with pytest.raises(AudioError, match=f"promises {N_FRAMES} frames, {n} are there"):
        load_audio(content, duration=0.01)


def test_a_frame_less_than_promised_is_missing_if_there_is_a_gap():
    frames = frames_of(STEREO)
    header = STEREO[: len(STEREO) - len(BARE)]
    assert length(header + b"".join(frames[:-1])) == (N_FRAMES - 1) * SIZE - 1105
    for content in (
        header + b"".join([*frames[:9], frames[9][:-50], *frames[10:]]),
        header + b"".join(frames)[:-1],
        header + b"".join([*frames[:9], b"\0" + frames[9][1:], *frames[10:]]),
    ):
        with pytest.raises(AudioError, match=f"{N_FRAMES} frames, {N_FRAMES - 1} are"):
            load_audio(content)


def test_a_hole_is_fewer_frames_than_promised():
    content = patched(STEREO, 9000, bytes(2000))
    with pytest.raises(AudioError, match=f"promises {N_FRAMES} frames"):
        load_audio(content)


def test_headers_that_lie():
    assert promising(N_FRAMES, STEREO) == STEREO
    # some encoders count the frame of the header
    for n_frames in (N_FRAMES + 1, N_FRAMES // 2, 0):
        assert length(promising(n_frames, STEREO)) == N_FRAMES * SIZE - 1105
    with pytest.raises(AudioError, match="promises 4294967295 frames"):
        load_audio(promising(2**32 - 1, STEREO))


@pytest.mark.parametrize("delay", [0, 576, 4095])
@pytest.mark.parametrize("padding", [0, 400, 529, 1000, 4095])
def test_delay_and_padding_are_left_out(tmp_path, delay, padding):
    both = (delay << 12 | padding).to_bytes(3, "big")
    content = patched(STEREO, b"LAME", both, skip=17)
    n = N_FRAMES * SIZE - delay - max(padding, 529)
    assert length(content) == n
    with_junk = load_audio(content + bytes(5000))[0]
    np.testing.assert_array_equal(with_junk, load_audio(content)[0])
    raw = load_audio(BARE)[0][delay + 529 :]
    np.testing.assert_allclose(with_junk[2000:], raw[2000:n], atol=1e-6)


def test_delay_and_padding_of_a_file_shorter_than_they():
    content = encoded(0.01)
    assert 0 < length(content) <= 5 * SIZE


def test_vbri_header_holds_no_sound():
    assert length(vbri(STEREO)) == N_FRAMES * SIZE
    with pytest.raises(AudioError, match=f"promises {3 * N_FRAMES} frames"):
        load_audio(vbri(STEREO, 3 * N_FRAMES))


def test_free_format():
    frames = frames_of(BARE)
    free = b"".join(f[:2] + bytes([f[2] & 0x0F]) + f[3:] for f in frames)
    np.testing.assert_array_equal(load_audio(free)[0], load_audio(BARE)[0])
    assert length(bytes(999) + free + bytes(999) + free) == 2 * N_FRAMES * SIZE


def test_file_that_borrows_from_frames_it_lacks_is_quiet(capfd):
    content = b"".join(frames_of(LOUD_FIRST)[20:])
    assert length(content) == (len(frames_of(LOUD_FIRST)) - 20) * SIZE
    assert capfd.readouterr() == ("", "")


def layer_1(n):
    header = b"\xff\xff\x90\x00"
    return (header + bytes(Sizes(kind_of(header))[header] - 4)) * n


def test_layer_1():
    assert length(layer_1(50)) == 50 * 384


def by_ffmpeg(codec, container, rate=RATE, bit_rate=128_000, options=None):
    av = pytest.importorskip("av")
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(
            codec, rate=rate, layout="stereo", options=options or {}
        )
        stream.bit_rate = bit_rate
        wave = (tone(2, rate) * 32767).astype(np.int16)
        for start in range(0, len(wave) - SIZE + 1, SIZE):
            block = np.repeat(wave[start : start + SIZE], 2)[None]
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = rate, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 32000, 44100, 48000])
def test_layer_2(rate):
    content = by_ffmpeg("mp2", "mp2", rate)
    assert length(content) == len(frames_of(content)) * SIZE
    assert abs(length(content) - 2 * rate) < 2 * SIZE


def test_layer_2_of_changing_bitrate():
    low, high = (by_ffmpeg("mp2", "mp2", bit_rate=b) for b in (64_000, 384_000))
    for content in (low + high, high + low):
        assert length(content) == length(low) + length(high)
        whole = load_audio(content)[0]
        part = load_audio(content, offset=3.0, duration=0.2)[0]
        np.testing.assert_allclose(part, whole[3 * RATE :][: RATE // 5], atol=1e-6)
    with pytest.raises(AudioError, match="to 44,100 Hz stereo of layer II,"):
        load_audio(BARE + low)


def protected(frame):
    """A frame with a checksum, in one of 192 kbit/s."""
    header = bytes([0xFF, frame[1] & 0xFE, frame[2] & 0x0F | 11 << 4, frame[3]])
    side = frame[4:36]
    crc = checksum(header[2:] + side, 16, 0x8005, value=0xFFFF)
    frame = header + crc + side + frame[36:]
    return frame.ljust(Sizes(kind_of(header))[header], b"\0")


def test_checksums(capfd):
    plain = by_ffmpeg("libmp3lame", "mp3", options={"reservoir": "0"})
    bare = headerless(plain)
    content = b"".join(map(protected, frames_of(plain)))
    np.testing.assert_array_equal(load_audio(content)[0], load_audio(bare)[0])
    part = load_audio(content, offset=1.0, duration=0.3)[0]
    whole = load_audio(content)[0]
    np.testing.assert_array_equal(part, whole[RATE:][: round(0.3 * RATE)])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["flac", "wav", "text", "noise", "pcm"])
def test_other_files_hold_no_frames(name):
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 0.3, 10**5)
    content = {
        "flac": sound_file(noise, RATE, "FLAC"),
        "wav": sound_file(noise, RATE, "WAV"),
        "text": b"a text about \xff\xfb\x90\x64 frames. " * 10**4,
        "noise": rng.bytes(3 * 10**6),
        "pcm": (noise * 32767).astype("<i2").tobytes(),
    }[name]
    assert scan(io.BytesIO(content), name) is None


def test_a_frame_or_two_are_a_file():
    for n in (1, 2, 3):
        content = b"".join(frames_of(headerless(encoded(0.5)))[:n])
        assert length(content) == n * SIZE
        assert length(content + ID3V1) == n * SIZE


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("behind", [b"", ID3V1])
def test_what_is_read_as_it_is_gives_the_same(rate, behind):
    content = headerless(encoded(4, rate)) + behind
    frames = scan(io.BytesIO(content), "name")
    assert frames.alone
    assert not frames.plain
    tagged = id3(100) + content  # is read by its frames
    assert not scan(io.BytesIO(tagged), "name").alone
    for span in ({}, {"offset": 1.5, "duration": 0.2}):
        found, expected = (load_audio(x, **span)[0] for x in (content, tagged))
        np.testing.assert_array_equal(found, expected)


def test_what_libsndfile_would_misread_is_not_read_as_it_is():
    frames = frames_of(BARE)
    contents = [
        b"".join(frames[5:]),  # the first borrow from others
        b"".join(frames[:9]),
        b"".join(frames[:40]) + bytes(50) + b"".join(frames[40:]),
        BARE + bytes(128),
    ]
    for content in contents:
        assert not scan(io.BytesIO(content), "name").alone


def test_raw_songs_are_whole(data_dir):
    paths = sorted(data_dir.glob("emotify/mp3_raw/*.mp3"))
    assert len(paths) == 12
    for path in paths:
        waveform, rate = load_audio(path)
        n = len(frames_of(path.read_bytes())) * SIZE
        assert n - 3 * SIZE < len(waveform) <= n
        assert 59 < len(waveform) / rate < 61
