"""Ogg: every stream and every page, or an error that says what is missing."""

import io
import re

import numpy as np
import pytest

from sklearn_genre import AudioError, load_audio
from sklearn_genre.audio import open_audio
from sklearn_genre.audio._ogg import find_links

from .mpeg_files import id3
from .ogg_files import changed, end_of, pages_of, written

CODECS = {"VORBIS": 22050, "OPUS": 48000, "OPUS at 16 kHz": 16000}
SECONDS = 6
FILES = {name: written(name.split()[0], rate) for name, rate in CODECS.items()}
PAGES = {name: pages_of(content) for name, content in FILES.items()}


@pytest.fixture(params=CODECS)
def codec(request):
    return request.param


@pytest.fixture
def pages(codec):
    return PAGES[codec]


@pytest.fixture
def whole(codec):
    return load_audio(FILES[codec])[0]


def test_pages_are_found(codec, pages):
    assert len(pages) > 6
    content = FILES[codec]
    link, *others = find_links(io.BytesIO(content), codec)
    assert not others
    assert link.is_plain
    assert (link.before, link.end) == (end_of(pages[-2]), end_of(pages[-1]))
    assert link.file().read() == content


def test_junk_between_pages_is_passed_over(codec, pages, whole):
    noise = np.random.default_rng(0).bytes(5000)
    for content in (
        b"".join(pages) + bytes(3 * 2**20),
        b"".join(pages) + b"OggS",
        b"".join([*pages[:4], noise, *pages[4:], b"TAG" + bytes(125)]),
        b"".join([*pages[:4], b"OggS" + bytes(50), *pages[4:]]),
        b"".join([*pages[:4], bytes(2**20 + 7), *pages[4:]]),
        id3(128) + b"".join(pages),
    ):
        np.testing.assert_array_equal(load_audio(content)[0], whole)


@pytest.mark.parametrize("n_streams", [2, 3])
def test_joined_streams_are_one(tmp_path, codec, n_streams):
    rate = CODECS[codec]
    parts = [written(codec.split()[0], rate, 3.0, seed=k) for k in range(n_streams)]
    wave = np.concatenate([load_audio(part)[0] for part in parts])
    path = tmp_path / "radio.ogg"
    path.write_bytes(b"".join(parts))
    for source in (path, b"".join(parts)):
        waveform, own_rate = load_audio(source)
        assert own_rate == rate
        np.testing.assert_array_equal(waveform, wave)
        part = load_audio(source, offset=2.5, duration=1.0)[0]
        np.testing.assert_array_equal(part, wave[int(2.5 * rate) : int(3.5 * rate)])
    with open_audio(path, "radio") as sound:
        for start, stop in (
            (4 * rate, 5 * rate),
            (0, 100),
            (3 * rate - 5, 3 * rate + 5),
        ):
            data = np.concatenate([*sound.blocks(start, stop)])
            np.testing.assert_array_equal(data[:, 0], wave[start:stop])


def test_the_same_stream_twice(codec, whole):
    waveform = load_audio(2 * FILES[codec])[0]
    np.testing.assert_array_equal(waveform, np.concatenate([whole, whole]))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (written("VORBIS", 24000, 1.0), "24,000 Hz and 1"),
        (written("VORBIS", 22050, 1.0, channels=2), "22,050 Hz and 2"),
        (written("OPUS", 48000, 1.0), "48,000 Hz and 1"),
    ],
)
def test_joined_streams_that_do_not_fit_are_refused(other, words):
    with pytest.raises(AudioError) as info:
        load_audio(FILES["VORBIS"] + other)
    start = "after 6 s it changes from 22,050 Hz and 1 channels to "
    assert info.value.cause.startswith(start + words)


@pytest.mark.parametrize("share", [0.97, 0.5])
def test_end_that_is_missing(tmp_path, codec, whole, share):
    path = tmp_path / "song.ogg"
    path.write_bytes(FILES[codec][: int(share * len(FILES[codec]))])
    match = (
        f"^{re.escape(str(path))}: its last pages are missing; what is there is used"
    )
    with pytest.warns(UserWarning, match=match) as warned:
        waveform = load_audio(path)[0]
    assert len(warned) == 1
    assert 0.6 * share * len(whole) < len(waveform) < len(whole)
    n = len(waveform) - 1000
    np.testing.assert_array_equal(waveform[:n], whole[:n])


def test_end_that_is_not_marked(codec, pages, whole):
    content = b"".join([*pages[:-1], changed(pages[-1], flags=0)])
    with pytest.warns(UserWarning, match="its last pages are missing"):
        waveform = load_audio(content)[0]
    np.testing.assert_array_equal(waveform, whole)


def test_start_that_is_missing(codec, pages, whole):
    content = b"".join(pages[:2] + pages[4:])
    with pytest.warns(UserWarning, match="its first pages are missing"):
        waveform = load_audio(content)[0]
    assert len(whole) / 2 < len(waveform) < len(whole)
    # as it comes from a radio station, far from its start
    late = [changed(page, end=end_of(page) + 10**7) for page in pages[4:]]
    with pytest.warns(UserWarning, match="its first pages are missing"):
        assert len(load_audio(b"".join(pages[:2] + late))[0]) == len(waveform)


def test_nothing_but_headers(codec, pages):
    with pytest.raises(AudioError, match="it ends before its first samples"):
        load_audio(b"".join(pages[:2]))


@pytest.mark.parametrize("k", [3, 4, -2])
def test_pages_missing_inside_are_damage(codec, pages, k):
    content = b"".join(pages[:k] + pages[k:][1:])
    with pytest.raises(AudioError, match=r"damaged \(pages are missing at byte"):
        load_audio(content, duration=0.1)
    again = pages[:k] + [changed(p, number=p[18] - 1) for p in pages[k:][1:]]
    with pytest.raises(AudioError, match="samples could be read"):
        load_audio(b"".join(again))


@pytest.mark.parametrize("k", [1, 2, 4, -1])
def test_pages_that_do_not_follow_each_other(codec, pages, k):
    twice = b"".join([*pages[:k], pages[k], *pages[k:]])
    at = len(b"".join(pages[:k])) + len(pages[k])
    with pytest.raises(AudioError, match=f"the page at byte {at} is there twice"):
        load_audio(twice)
    swapped = b"".join([*pages[:3], pages[4], pages[3], *pages[5:]])
    with pytest.raises(AudioError, match=r"pages are missing at byte|out of order"):
        load_audio(swapped)
    again = b"".join([*pages[:5], *pages[3:]])
    with pytest.raises(AudioError, match=r"the page at byte \d+ is out of order"):
        load_audio(again)


@pytest.mark.parametrize("damage", [b"\0", b"\xff" * 300, bytes(300)])
def test_damage_in_a_page(codec, pages, damage):
    content = FILES[codec]
    at = content.index(pages[4])
    place = at + 400
    damaged = content[:place] + damage + content[place + len(damage) :]
    if damaged == content:
        damaged = content[:place] + b"\1" + content[place + 1 :]
    with pytest.raises(AudioError, match=f"in the page at byte {at}"):
        load_audio(damaged, duration=0.1)
    header = content[: at + 26] + b"\3" + content[at + 27 :]
    with pytest.raises(AudioError, match="damaged"):
        load_audio(header)


@pytest.mark.parametrize("end", [2**40, 2**62])
def test_end_that_lies_far_ahead(codec, pages, whole, end):
    waveform = load_audio(b"".join([*pages[:-1], changed(pages[-1], end=end)]))[0]
    assert 0 <= len(waveform) - len(whole) < 8192
    np.testing.assert_array_equal(waveform[: len(whole)], whole)


def test_start_of_another_stream(codec, pages, whole):
    content = FILES[codec]
    with pytest.warns(UserWarning, match="its last pages are missing"):
        waveform = load_audio(content + pages[0][:-5])[0]
    np.testing.assert_array_equal(waveform, whole)
    with pytest.raises(AudioError, match="it ends before its first samples"):
        load_audio(content + pages[0])
    other = [changed(page, serial=b"none") for page in pages]
    for start in (
        other[0][:-9] + b"\1" + other[0][-8:],
        b"",
        changed(other[0], flags=0),
    ):
        with pytest.raises(AudioError, match=r"has no start|in the page"):
            load_audio(content + start + b"".join(other[1:]))


def test_end_that_lies_behind(codec, pages):
    content = b"".join([*pages[:-1], changed(pages[-1], end=10)])
    with pytest.raises(AudioError, match="goes back from sample"):
        load_audio(content)


def test_end_that_is_not_told(codec, pages):
    content = b"".join([*pages[:-1], changed(pages[-1], end=-1)])
    with pytest.warns(UserWarning, match="its last pages are missing"):
        load_audio(content)


def test_other_streams_between_are_left_out(codec, pages, whole):
    other = [changed(page, serial=b"film") for page in pages]
    first = bytearray(other[0])
    first[28:35] = b"\x80theora"
    other[0] = changed(bytes(first))
    mixed = [pages[0], other[0]]
    for mine, its in zip(pages[1:], other[1:], strict=True):
        mixed += [its, mine]
    for content in (mixed, [other[0], pages[0], *mixed[2:]], [*mixed, *other[1:]]):
        np.testing.assert_array_equal(load_audio(b"".join(content))[0], whole)


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_any_sample_of_vorbis_can_be_sought(tmp_path, rate):
    path = tmp_path / "song.ogg"
    path.write_bytes(written("VORBIS", rate, 4.0, channels=2))
    rng = np.random.default_rng(rate)
    with open_audio(path, "song") as sound:
        whole = np.concatenate([*sound.blocks(0, sound.n_samples)])
        last = rng.integers(len(whole) * 3 // 4, len(whole) - 50, 20)
        for start in [*rng.integers(0, len(whole) - 50, 20), *last, *sorted(last)]:
            data = np.concatenate([*sound.blocks(start, start + 50)])
            np.testing.assert_array_equal(data, whole[start : start + 50])
