"""The audit: each fault made on purpose, duplicates made by codecs and cuts."""

import io
import os

import numpy as np
import pytest
import soundfile
from helpers import special_files, within
from sklearn.utils import Bunch

from sklearn_genre import audit, check_leakage, load_manifest
from sklearn_genre.auditing import _measures
from sklearn_genre.auditing._fingerprint import Fingerprint, rows_fingerprint
from sklearn_genre.auditing._matching import bit_errors, find_matches
from sklearn_genre.evaluation import merge_groups

RATE = 22050


def song(seed, seconds=12.0, rate=RATE):
    """Notes of random pitch, length and loudness with overtones: no two alike."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate)
    wave = 0.003 * rng.normal(size=n)
    for start in np.arange(0, seconds, 0.2):
        t = np.arange(int(0.6 * rate)) / rate
        pitch = 110 * 2 ** (rng.integers(0, 36) / 12)
        tone = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 9))
        at = int((start + 0.1 * rng.random()) * rate)
        part = rng.uniform(0.02, 0.1) * tone * np.exp(-t / rng.uniform(0.1, 0.5))
        wave[at : at + len(t)] += part[: max(n - at, 0)]
    return wave.astype(np.float32)


def coded(wave, rate=RATE, **form):
    """A wave after a codec."""
    file = io.BytesIO()
    soundfile.write(file, wave, rate, **form)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


def kinds(report, row):
    return {f.kind for f in report.findings if f.row == row}


@pytest.fixture(scope="module")
def songs():
    return [song(seed) for seed in range(6)]


# -- faults of single clips ------------------------------------------------------------
def test_faults(songs, tmp_path):
    good = songs[0]
    made = {
        "good.wav": good,
        "loud.wav": np.clip(30 * songs[1], -1, 1),
        "silent.wav": np.zeros(RATE * 12),
        "pause.wav": np.concatenate([songs[2][: RATE * 3], np.zeros(RATE * 9)]),
        "short.wav": songs[3][: RATE * 2],
        "stereo.wav": np.stack([songs[4], songs[4]], axis=1),
        "opposite.wav": np.stack([songs[5], -songs[5]], axis=1),
    }
    for name, wave in made.items():
        soundfile.write(tmp_path / name, wave, RATE)
    soundfile.write(tmp_path / "other_rate.wav", song(9, rate=16000), 16000)
    soundfile.write(tmp_path / "nan.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    (tmp_path / "text.wav").write_text("no audio")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("left alone")
    report = audit(tmp_path)
    found = {
        name.rsplit("/", 1)[-1]: kinds(report, row)
        for row, name in enumerate(report.names)
    }
    assert found == {
        "good.wav": set(),
        "loud.wav": {"clipped"},
        "silent.wav": {"silent"},
        "pause.wav": {"partly_silent"},
        "short.wav": {"short"},
        "stereo.wav": {"channels"},
        "opposite.wav": {"channels", "canceled"},
        "other_rate.wav": {"rate"},
        "nan.wav": {"not_finite", "short"},
        "text.wav": {"unreadable"},
        "empty.wav": {"unreadable"},
    }
    usable = [n.rsplit("/", 1)[-1] for n in np.array(report.names)[report.usable]]
    assert set(found) - set(usable) == {
        "silent.wav",
        "opposite.wav",
        "nan.wav",
        "text.wav",
        "empty.wav",
    }
    assert report.exit_status == 1
    assert "1 files are not audio by their ending." in report.notes
    assert report.labels is None


def test_measures_of_a_sine():
    t = np.arange(RATE * 2) / RATE
    sine = (0.5 * np.sin(2 * np.pi * 220.5 * t)).astype(np.float32)
    frame = audit([(sine, RATE)], near_duplicates=False).to_frame()
    row = frame.iloc[0]
    assert row["peak"] == pytest.approx(20 * np.log10(0.5), abs=1e-3)
    assert row["level"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=1e-3)
    assert row["duration"] == 2.0
    assert (row["clipped"], row["silent"]) == (0, 0)


def test_clipped_share_is_counted():
    wave = np.zeros(1000, dtype=np.float32) + 0.1
    wave[100:110] = 1.0  # a run
    wave[200:202] = -1.0  # two samples are no run
    report = audit([(wave, 1000)], max_clipped=0.0095, min_duration=0.5)
    assert report.measures[0].clipped == 0.01
    assert kinds(report, 0) == {"clipped"}
    assert not audit([(wave, 1000)], max_clipped=0.01, min_duration=0.5).findings


def test_full_scale_sine_is_not_clipped():
    sine = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32)
    assert audit([(sine, RATE)]).measures[0].clipped == 0


def test_expected_rate_and_duration(songs):
    clips = [(songs[0], RATE), (songs[1][: RATE * 8], RATE)]
    assert audit(clips).exit_status == 0
    report = audit(clips, sample_rate=44100, min_duration=10)
    assert kinds(report, 0) == {"rate"}
    assert kinds(report, 1) == {"rate", "short"}


def test_fail_on(songs):
    clips = [(songs[0], RATE), (songs[1][:RATE], RATE), (songs[2], RATE)]
    assert audit(clips).exit_status == 1
    assert audit(clips, fail_on="error").exit_status == 0
    channels = [*clips[::2], (np.stack([songs[1], songs[1]]), RATE)]
    report = audit(channels)
    assert [f.level for f in report.findings] == ["note"]
    assert report.exit_status == 0


# -- duplicates of audio ---------------------------------------------------------------
def test_exact_duplicates_across_formats(songs, tmp_path):
    wave = np.round(songs[0] * 32767).astype(np.int16)
    for name in ("a.wav", "b.flac", "c.aiff"):
        soundfile.write(tmp_path / name, wave, RATE)
    soundfile.write(tmp_path / "d.wav", songs[1], RATE)
    soundfile.write(tmp_path / "e.wav", np.stack([wave, wave], axis=1), RATE)
    report = audit(tmp_path, ["rock", "rock", "pop", "jazz", "rock"])
    assert report.exact_duplicates == [(0, 1, 2, 4)]
    assert report.near_duplicates == []
    assert report.duplicates == [(0, 1), (0, 2), (0, 4), (1, 2), (1, 4), (2, 4)]
    assert {f.row for f in report.findings if f.kind == "conflict"} == {0, 1, 2, 4}
    assert merge_groups(duplicates=report.duplicates, X=report.names).tolist() == [
        *(0, 0, 0),
        *(1, 0),
    ]


@pytest.mark.parametrize(
    ("change", "offset"),
    [
        (lambda w: coded(w, format="MP3", bitrate_mode="CONSTANT"), 0),
        (lambda w: coded(w, format="OGG", subtype="VORBIS"), 0),
        (lambda w: (0.1 * w).astype(np.float32), 0),
        (lambda w: coded(w[int(3.33 * RATE) :], format="MP3"), 3.33),
        (lambda w: np.convolve(w, [1, 0.9])[: len(w)].astype(np.float32), 0),
        (lambda w: w + 0.003 * np.random.default_rng(0).normal(size=len(w)), 0),
    ],
    ids=["mp3", "vorbis", "level", "cut and mp3", "filter", "noise"],
)
def test_near_duplicate(songs, change, offset):
    clips = [*songs, change(songs[2])]
    report = audit([(np.asarray(c, np.float32), RATE) for c in clips])
    assert report.duplicates == [(2, 6)]
    [pair] = report.near_duplicates
    assert pair.offset == pytest.approx(offset, abs=0.06)
    assert pair.share > 0.9
    assert 0.5 < pair.similarity <= 1


def test_near_duplicate_at_another_rate(songs):
    import soxr

    copy = soxr.resample(songs[1], RATE, 44100)
    report = audit([*((s, RATE) for s in songs), (copy, 44100)], near_duplicates=True)
    assert report.duplicates == [(1, 6)]


def test_excerpts_that_overlap(songs):
    wave = songs[0]
    clips = [wave[: 7 * RATE], wave[4 * RATE : 11 * RATE], songs[1]]
    report = audit([(c, RATE) for c in clips])
    [pair] = report.near_duplicates
    assert (pair.first, pair.second) == (0, 1)
    assert pair.offset == pytest.approx(4, abs=0.06)
    assert pair.length == pytest.approx(3, abs=0.5)
    assert not audit([(c, RATE) for c in clips], min_overlap=0.6).duplicates


def test_not_found_is_what_the_documentation_says(songs):
    """Another speed; the same notes on another day; two cuts without overlap."""
    import soxr

    fast = soxr.resample(songs[0], RATE, RATE * 0.92)
    rest = songs[0][6 * RATE :], songs[0][: 6 * RATE]
    report = audit([(c, RATE) for c in (songs[0][: 6 * RATE], fast, rest[0])])
    assert report.duplicates == []


def test_loops_and_silence_are_no_duplicates(songs):
    """Clips that share nothing but silence, or stationary sound."""
    noise = np.random.default_rng(1).normal(scale=0.1, size=(2, RATE * 6))
    hush = np.zeros(RATE * 6)
    t = np.arange(12 * RATE) / RATE
    hum = [0.1 * np.sin(2 * np.pi * f * t) for f in (440, 441)]
    clips = [np.concatenate([x, hush]) for x in noise] + hum
    report = audit([(c.astype(np.float32), RATE) for c in clips], max_silence=1.0)
    assert report.duplicates == []


def test_random_fingerprints_do_not_match():
    rng = np.random.default_rng(0)
    words = list(rng.integers(0, 2**32, size=(300, 400), dtype=np.uint32))
    # an eighth of the bits flipped: similarity 1 - 2 / 8
    flips = rng.random((400, 32)) < 0.125
    damaged = words[7] ^ (flips << np.arange(32)).sum(axis=1).astype(np.uint32)
    words.append(damaged[50:])
    [match] = find_matches(words, similarity=0.3, min_overlap=0.25)
    assert (match.first, match.second, match.lag) == (7, 300, 50)
    assert match.similarity == pytest.approx(0.75, abs=0.04)
    assert match.n_frames == 350


def test_bit_errors():
    a = np.array([0b1011, 0, 0xFFFFFFFF], dtype=np.uint32)
    b = np.array([0b0001, 0, 0], dtype=np.uint32)
    assert bit_errors(a, b).tolist() == [2, 0, 32]


def fingerprint_of(wave, rate):
    fingerprint = Fingerprint(rate)
    fingerprint.add(wave)
    return fingerprint.words()


def test_fingerprint_has_no_level(songs):
    words = fingerprint_of(songs[0], RATE)
    assert len(words) == pytest.approx(12 * 5512 / 128 - 16, abs=2)
    quiet = fingerprint_of((0.01 * songs[0]).astype(np.float32), RATE)
    assert bit_errors(words, quiet).mean() < 0.1
    other = fingerprint_of(songs[1], RATE)
    assert bit_errors(words, other).mean() > 12
    assert len(fingerprint_of(songs[0][:2000], RATE)) == 0


def test_spectrograms_of_few_frames():
    assert len(rows_fingerprint(np.ones((40, 5)))) == 0
    X = np.random.default_rng(0).normal(size=(4, 40, 20))
    report = audit(X)
    assert report.notes == [
        "4 clips are less than 17 bands or 32 frames for near duplicates."
    ]


# -- forms of data ---------------------------------------------------------------------
def test_table():
    X = np.arange(12.0).reshape(4, 3)
    X[2] = X[0]
    X[3] = 1
    X[1, 1] = np.nan
    report = audit(X, ["a", "b", "a", None])
    assert [kinds(report, i) for i in range(4)] == [
        {"duplicate"},
        {"not_finite"},
        {"duplicate"},
        {"constant", "unlabeled"},
    ]
    assert report.notes == ["Near duplicates were not searched for."]


def test_waveforms_as_one_array(songs):
    X = np.stack([*songs[:3], 0.5 * songs[0]])
    assert audit(X, sample_rate=RATE).duplicates == [(0, 3)]
    assert audit(X, sample_rate=RATE, near_duplicates=False).duplicates == []


def test_labels_of_folders_and_bunches(songs, tmp_path):
    for i, name in enumerate(["jazz/a.wav", "jazz/b.wav", "rock/c.wav"]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / name, songs[i % 2], RATE)
    report = audit(tmp_path)
    assert report.balance == {"jazz": 2, "rock": 1}
    [first, second] = [f for f in report.findings if f.kind == "conflict"]
    assert first.detail == f"labeled 'jazz', but its duplicate {second.name} 'rock'"
    table = tmp_path / "songs.csv"
    table.write_text("path,label,group\njazz/a.wav,x,P\nrock/c.wav,x,Q\n")
    data = load_manifest(table, root=tmp_path)
    data.groups = np.array(["P", "Q"])
    report = audit(data)
    assert {f.kind for f in report.findings} == {"duplicate", "artist_conflict"}


def test_tags(songs):
    y = np.array([[1, 0], [1, 1], [1, 0]])
    clips = [(songs[i], RATE) for i in (0, 0, 1)]
    data = Bunch(X=clips, target=y, target_names=["loud", "fast"])
    report = audit(data)
    assert report.balance == {"loud": 3, "fast": 1}
    assert {f.row for f in report.findings if f.kind == "conflict"} == {0, 1}


def test_broken_clips_do_not_stop_it(songs, tmp_path):
    clips = [(songs[0], RATE), str(tmp_path / "none.wav"), np.zeros(9), b"junk"]
    report = audit(clips)
    assert [kinds(report, i) for i in range(4)] == [set(), *[{"unreadable"}] * 3]
    assert "no such file" in report.findings[0].detail
    assert "Give sample_rate" in report.findings[1].detail


def test_no_clip_of_whatever_kind_stops_it(songs, tmp_path, monkeypatch):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n.wav")
    try:
        soundfile.write(os.fsencode(odd), songs[1], RATE)
    except soundfile.LibsndfileError:
        pytest.skip("names here are always text")
    soundfile.write(tmp_path / "good.wav", songs[0], RATE)
    with special_files(tmp_path) as special:
        paths = [str(tmp_path / "good.wav"), odd, *map(str, special.values())]
        report = within(60, audit, paths)
    unreadable = [f.row for f in report.findings if f.kind == "unreadable"]
    assert unreadable == list(range(2, len(paths)))
    assert report.names == paths
    # the report can be printed anywhere, in lines of its own
    text = str(report) + report._repr_html_() + str(report._table("clips"))
    text.encode()
    report = audit([odd, odd])
    assert rf"caf\xe9\n.wav: equals {tmp_path}/caf\xe9\n.wav" in str(report)


@pytest.mark.parametrize(
    "error", [MemoryError(), ValueError("odd\nlines"), KeyError(1)]
)
def test_any_failure_of_a_clip_is_a_finding(songs, monkeypatch, error):
    add = _measures._Run._add

    def failing(self, data, mono):
        if len(data) == RATE:
            raise type(error)(*error.args)
        add(self, data, mono)

    monkeypatch.setattr(_measures._Run, "_add", failing)
    clips = [(songs[0], RATE), (songs[1][:RATE], RATE), (songs[2], RATE)]
    report = audit(clips)
    (found,) = (f for f in report.findings if f.kind == "unreadable")
    assert found.row == 1
    assert "\n" not in found.detail
    assert report.usable.tolist() == [True, False, True]


def test_threads_agree(songs, capsys):
    clips = [(s, RATE) for s in (*songs, 0.3 * songs[0])]
    one, two = audit(clips), audit(clips, n_jobs=2, verbose=1)
    assert str(one) == str(two)
    assert "audit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"similarity": 0}, "similarity"),
        ({"min_overlap": 1.5}, "min_overlap"),
        ({"max_clipped": -1}, "max_clipped"),
        ({"silence": 3}, "silence"),
        ({"fail_on": "note"}, "fail_on"),
        ({"sample_rate": -1}, "sample_rate"),
        ({"min_duration": 0}, "min_duration"),
        ({"near_duplicates": "False"}, "near_duplicates must be True or False"),
        ({"similarity": "high"}, "similarity must be a number > 0 and <= 1"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"y": ["a"]}, "y must be one label per row"),
        ({"y": np.ones((3, 2))}, "y must have 2 rows"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        audit(np.ones((2, 3)), **params)


def test_bad_data(tmp_path):
    with pytest.raises(FileNotFoundError):
        audit(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="holds no audio files"):
        audit(tmp_path)
    with pytest.raises(ValueError, match="no clips"):
        audit([])
    with pytest.raises(ValueError, match="data: a Bunch must have one of 'paths'"):
        audit(Bunch(target=[1]))
    with pytest.raises(ValueError, match="shape"):
        audit(np.ones((2, 2, 2, 2)))


# -- the report ------------------------------------------------------------------------
def test_report_forms(songs):
    clips = [(songs[i], RATE) for i in (0, 0, 1)]
    report = audit(clips, ["rock", "<b>", "rock"])
    assert str(report).splitlines()[0] == (
        "3 clips: 2 errors, 2 warnings, about 2 clips."
    )
    assert repr(report) == "<AuditReport: 4 findings in 3 clips>"
    page = report._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    frame = report.to_frame("findings")
    assert frame["kind"].tolist() == ["conflict"] * 2 + ["duplicate"] * 2
    assert report.to_frame()["usable"].all()
    assert str(audit(clips[1:])) == "2 clips, nothing found."


def test_duplicates_go_to_the_leak_guard(songs):
    clips = [(songs[i], RATE) for i in (0, 1, 0)]
    report = audit(clips)
    folds = [([0, 1], [2])]
    assert check_leakage(folds, clips, duplicates=report.duplicates)
    assert not check_leakage(folds, clips, duplicates=[])
