"""What libsndfile does not decode. The files are made with the encoders of FFmpeg."""

import io
import itertools
import os
import struct
import sys
import threading

import numpy as np
import pytest
import soundfile
import soxr
from helpers import ROOT, sound_file

from sklearn_genre import AudioError, MelSpectrogram, load_audio
from sklearn_genre._utils import formats
from sklearn_genre.audio import _foreign, open_audio
from sklearn_genre.features import _cache
from sklearn_genre.features._cache import as_cache

from .foreign_files import ALL, LOSSLESS, encode, flac, sweep, with_video

av = pytest.importorskip("av")

# in these nothing tells where the first sample of the source is
DELAYED = ("aac.aac", "wma.wma", "ac3.ac3", "eac3.eac3")


@pytest.fixture(scope="module")
def made():
    """Content of a file of 3 s by its name, and the rate; made when asked for."""
    cache = {}

    def get(name):
        if name not in cache:
            rate = 48000 if "opus" in name else 44100
            cache[name] = encode(sweep(3, rate), name, rate=rate), rate
        return cache[name]

    return get


def shared(y, x):
    n = min(len(y), len(x))
    return y[:n], x[:n]


@pytest.mark.parametrize("name", ALL)
def test_samples_are_those_of_the_source(made, tmp_path, capfd, name):
    content, rate = made(name)
    x = sweep(3, rate).mean(axis=0)
    path = tmp_path / "song"  # the name says nothing
    path.write_bytes(content)
    y, own_rate = load_audio(path)
    assert (y.dtype, own_rate) == (np.float32, rate)
    if name in LOSSLESS:
        assert len(y) == len(x)
        assert np.abs(y - x).max() < 2**-7 if "8" in name else 2**-15
    elif name in DELAYED:
        assert abs(len(y) - len(x)) <= 2048
        middle = soxr.resample(x[rate : 2 * rate], rate, 8000)
        whole = soxr.resample(y, rate, 8000)
        best = np.correlate(whole, middle, "valid").max()
        assert best > 0.98 * np.sum(middle**2)
    else:
        assert abs(len(y) - len(x)) <= 1152
        assert np.corrcoef(*shared(y, x))[0, 1] > 0.999
    assert capfd.readouterr() == ("", "")


def test_integers_of_64_bits(tmp_path):
    wave = sweep(1, 44100).T
    path = tmp_path / "song.wav"
    soundfile.write(path, wave, 44100, subtype="FLOAT")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 8
    samples = np.ascontiguousarray(wave * 2.0**63, "<i8").tobytes()
    content[20:22], content[32:36] = struct.pack("<H", 1), struct.pack("<HH", 16, 64)
    content[at - 4 :] = struct.pack("<I", len(samples)) + samples
    y, _ = load_audio(bytes(content))
    np.testing.assert_allclose(y, wave.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize("name", ["aac.m4a", "opus.webm", "wavpack.wv", "flac.oga"])
def test_bytes_and_file_objects(made, tmp_path, name):
    content, _ = made(name)
    path = tmp_path / "tune.mp3"  # a wrong name
    path.write_bytes(content)
    expected, _ = load_audio(path)
    with open(path, "rb") as file:
        for source in (content, bytearray(content), io.BytesIO(content), file, file):
            np.testing.assert_array_equal(load_audio(source)[0], expected)
        assert not file.closed


@pytest.fixture
def seeks(monkeypatch):
    """The places that were found by seeking; seeking begins after 8,192 samples."""
    found = []

    def jump(track, index):
        certain = original(track, index)
        found.append(certain)
        return certain

    original = _foreign._Track.jump
    monkeypatch.setattr(_foreign._Track, "jump", jump)
    monkeypatch.setattr(_foreign, "_FAR", 2**13)
    return found


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("far", [False, True])
def test_part_equals_part_of_whole(made, request, name, far):
    content, rate = made(name)
    whole, _ = load_audio(content)
    seeks = request.getfixturevalue("seeks") if far else [True]
    for offset, duration in ((0.0, 0.5), (0.7, 0.3), (1.51237, 0.2), (2.9, 5.0)):
        part, _ = load_audio(content, offset=offset, duration=duration)
        start = round(offset * rate)
        expected = whole[start : start + round(duration * rate)]
        assert len(part) == len(expected)
        # decoders of AAC and AC-3 add noise of their own
        atol = 0.01 if far and "a" in name[:3] else 1e-6
        np.testing.assert_allclose(part, expected, atol=atol)
    # only these cannot tell the place: flac by milliseconds, Ogg by the page, and
    # AC-3 at 44,100 Hz by ticks that do not fit its blocks
    unsure = name in ("flac.mka", "flac.oga", "ac3.ac3", "eac3.eac3", "aac.mka")
    assert any(seeks) or unsure


def test_sound_gives_any_stretch_of_its_samples(made, seeks):
    content, rate = made("opus.webm")
    whole, _ = load_audio(content)
    with open_audio(content, "x") as sound:
        assert (sound.rate, sound.n_channels, sound.n_samples) == (rate, 2, len(whole))
        for start, stop in ((0, 10), (100_000, 100_010), (5, 140_000), (0, len(whole))):
            data = np.concatenate([*sound.blocks(start, stop)])
            assert data.shape == (stop - start, 2)
            np.testing.assert_allclose(data.mean(1), whole[start:stop], atol=1e-6)
    assert seeks


def test_offset_beyond_the_end(made):
    content, _ = made("alac.m4a")
    with pytest.raises(AudioError, match="offset 3 s is not before its end at 3 s"):
        load_audio(content, offset=3)


def test_one_thread(made):
    before = threading.active_count()
    with open_audio(made("alac.m4a")[0], "x") as sound:
        assert sound._track._stream.codec_context.thread_count == 1
        assert threading.active_count() == before


@pytest.mark.parametrize("default", [None, 0, 1])
def test_the_default_of_several_tracks(default):
    tracks = [sweep(1, 44100, 1), 0.5 * sweep(1, 44100, 1)]
    content = encode(tracks, "flac.mka", default=default)
    y, _ = load_audio(content)
    np.testing.assert_allclose(y, tracks[default or 0][0], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "codec", "reader"),
    [("aac", "mpeg4", "mp4"), ("libopus", "libvpx", "webm")],
)
def test_sound_of_video(name, codec, reader):
    y, rate = load_audio(with_video(name, True, codec, reader))
    assert rate == 48000
    assert abs(len(y) - rate) <= 1152
    assert np.corrcoef(*shared(y, sweep(1, rate).mean(axis=0)))[0, 1] > 0.99


def test_no_sound(made):
    with pytest.raises(AudioError, match="no sound track"):
        load_audio(with_video("aac", False))


@pytest.mark.parametrize("name", [name for name in ALL if name != "flac.oga"])
@pytest.mark.parametrize("share", [0.97, 0.5, 0.2])
def test_truncated(made, capfd, name, share):
    content, _ = made(name)
    with pytest.raises(AudioError) as info:
        load_audio(io.BytesIO(content[: int(share * len(content))]))
    assert info.value.source == "<BytesIO>"
    assert any(word in info.value.cause for word in ("truncated", "damaged"))
    assert capfd.readouterr() == ("", "")


def test_truncated_ogg_is_what_is_left_of_it(made):
    content, _ = made("flac.oga")
    with pytest.warns(UserWarning, match="its last pages are missing"):
        waveform, _ = load_audio(content[: len(content) // 2])
    assert 0 < len(waveform) < 0.6 * len(load_audio(content)[0])


@pytest.mark.parametrize("name", ["alac.m4a", "opus.webm", "wma.wma"])
def test_truncation_is_noticed_outside_the_wanted_part(made, name):
    content, _ = made(name)
    with pytest.raises(AudioError, match="truncated"):
        load_audio(content[:-500], duration=0.1)


def test_files_that_end_where_they_say_are_whole(made):
    """Zeros and tags behind a file are no part of it."""
    for name in ("alac.m4a", "opus.webm", "wma.wma"):
        content, _ = made(name)
        for more in (bytes(3000), b"TAG" + bytes(125)):
            assert len(load_audio(content + more)[0]) > 0


@pytest.mark.parametrize("name", ["wavpack.wv", "flac.oga", "tta.tta", "opus.webm"])
def test_a_hole_is_told(made, name):
    content, _ = made(name)
    n = len(content)
    hole = bytearray(content)
    hole[n // 2 : n // 2 + n // 4] = bytes(n // 4)
    with pytest.raises(AudioError, match=r"damaged|truncated"):
        load_audio(bytes(hole))


@pytest.mark.parametrize("depth", [8, 12, 14, 16, 20, 24])
def test_flac_of_any_depth(depth):
    """libsndfile refuses all but 8, 16 and 24 bits."""
    wave = sweep(0.5, 8000, 1)[0]
    content = flac(np.round(wave * 2 ** (depth - 1)).astype(int), depth, rate=8000)
    y, rate = load_audio(content)
    assert rate == 8000
    np.testing.assert_allclose(y, wave, atol=2.0**-depth)
    damaged = bytearray(content)
    damaged[len(content) // 2] ^= 1
    with pytest.raises(AudioError, match="damaged"):
        load_audio(bytes(damaged))
    with pytest.raises(AudioError, match=r"damaged|truncated"):
        load_audio(content[: len(content) // 2])


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\n{}\n",
        b"ffconcat version 1.0\nfile {}\n",
        b'<?xml version="1.0"?><MPD><BaseURL>{}</BaseURL></MPD>',
    ],
)
def test_no_other_file_is_opened(tmp_path, made, content):
    song = tmp_path / "song.m4a"
    song.write_bytes(made("alac.m4a")[0])
    path = tmp_path / "list.m4a"
    path.write_bytes(content.replace(b"{}", os.fsencode(song)))
    with pytest.raises(AudioError, match="cannot be decoded"):
        load_audio(path)


def test_noise_is_no_sound():
    rng = np.random.default_rng(0)
    for n, _ in itertools.product((100, 10_000, 300_000), range(3)):
        with pytest.raises(AudioError, match="cannot be decoded"):
            load_audio(rng.bytes(n))


@pytest.mark.parametrize("name", ["alac.m4a", "wma.wma", "opus.webm", "aac.aac"])
def test_without_the_codecs(made, monkeypatch, name):
    content, _ = made(name)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(AudioError, match="needs the optional codecs") as info:
        load_audio(content)
    assert "pip install 'sklearn-genre[codecs]'" in info.value.remedy
    assert "ffmpeg -i FILE converted.wav" in info.value.remedy


def test_what_libsndfile_reads_needs_no_codecs(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    assert len(load_audio(io.BytesIO(sound_file(sweep(1, 8000).T)))[0]) == 8000
    with pytest.raises(AudioError) as info:
        load_audio(b"no audio" * 100)
    assert "with pip install 'sklearn-genre[codecs]' also" in info.value.remedy


def refused_by_libsndfile(path):
    try:
        soundfile.SoundFile(path).close()
    except soundfile.SoundFileError:
        return True
    return False


def test_real_odd_files(data_dir):
    """What FFmpeg decodes is whole, and as long as FFmpeg says."""
    folder = data_dir / "odd_audio"
    table = np.genfromtxt(folder / "odd_audio.csv", str, delimiter=",", skip_header=1)
    rows = [row for row in table if refused_by_libsndfile(folder / row[0])]
    for name, _, rate, _, n_samples, _ in rows:
        y, own_rate = load_audio(folder / name)
        assert own_rate == int(rate), name
        assert abs(len(y) - int(n_samples)) <= 1152, name
    assert len(rows) >= 23


def test_cached_features_know_their_decoder(made, tmp_path, monkeypatch):
    """Only the entries of what FFmpeg decodes depend on its version."""
    paths = [tmp_path / "a.wav", tmp_path / "b.m4a"]
    soundfile.write(paths[0], sweep(1, 44100).T, 44100)
    paths[1].write_bytes(made("aac.m4a")[0])
    contents = [path.read_bytes() for path in paths]
    mel = MelSpectrogram(duration=0.5, cache=tmp_path / "cache")
    for n_new, version in enumerate(("PyAV 1", "PyAV 2")):
        monkeypatch.setattr(_cache, "codecs_version", lambda v=version: v)
        for clips in (paths, contents, [io.BytesIO(c) for c in contents]):
            mel.fit_transform(clips)
        # by name and by content
        assert as_cache(mel.cache).info()["n_entries"] == 4 + 2 * n_new


def test_the_guide_lists_the_formats():
    text = (ROOT / "docs" / "user_guide" / "formats.md").read_text("utf-8")
    rows = [
        line.strip("| ").split(" | ") for line in text.splitlines() if "| ." in line
    ]
    listed = {name: tuple(endings.split()) for name, endings, _ in rows}
    assert listed == formats.FORMATS | formats.FOREIGN
    assert [name for name, _, by in rows if by == "FFmpeg"] == list(formats.FOREIGN)
