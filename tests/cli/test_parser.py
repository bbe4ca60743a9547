"""Arguments of the command that are wrong, its help, and what a terminal sees."""

import io
import os
import pty
import subprocess
import sys
import termios

import pytest
import soundfile

from sklearn_genre import make_genre_audio
from sklearn_genre.cli import _VERBS, _parser, _terminal, main


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["trian", "music"], "'trian' is no command. Did you mean train?"),
        (["xyz"], "'xyz' is no command. There are predict, tags, "),
        (
            ["predict", "gtzan", "a", "--topp", "2"],
            "no option --topp. Did you mean --top?",
        ),
        (["predict", "gtzan", "a", "--tp=2"], "no option --tp. Did you mean --top?"),
        (["export", "a", "b", "c"], "'c' is one argument too many"),
        (
            ["tags", "a", "--model", "mdt"],
            "'mdt' is no choice of --model. Did you mean",
        ),
        (["tags", "a", "--top", "0"], "--top must be an integer >= 1, got 0"),
        (["tags", "a", "--top", "many"], "--top must be an integer >= 1, got many"),
        (["tags", "a", "--hop", "0"], "--hop must be a number > 0, got 0"),
        (["tags", "a", "--n-jobs", "0"], "--n-jobs must be an integer other than 0"),
        (["train", "a"], "required: --out"),
        (["train", "a", "--recepe", "best"], "--recepe. Did you mean --recipe?"),
        (["train", "--recepe=best"], "no option --recepe. Did you mean --recipe?"),
        (["train", "a", "--", "--b"], "required: --out"),
        (["predict", "gtzan", "a", "--hop", "1"], "--hop has no effect without --over"),
        (
            ["predict", "gtzan", "a", "--over-time", "--n-jobs", "2"],
            "--n-jobs has no effect with --over-time",
        ),
        (["predict", "gtazn", "a"], "Did you mean gtzan?"),
        (["plot", "a.mp3", "--window", "3"], "--window has no effect without --model"),
        (
            ["features", "a.mp3", "--out", "x.txt"],
            "--out must end in .csv, .npz, .parq",
        ),
        (["plot", "a.mp3", "--out", "a.bmp"], "--out must end in .png, .svg, .pdf"),
        (["train", "a", "--out", "model"], "has no ending. Name it model.skops"),
        (["train", "a", "--out", "m.skops", "--cv", "0", "--report", "r"], "--report"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(capsys, args, said):
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("sklearn-genre")
    assert said in line


def test_help(capsys):
    assert main([]) == 2
    everything = capsys.readouterr().out
    assert main(["--help"]) == main(["help"]) == 0
    assert capsys.readouterr().out == 2 * everything
    assert "examples:\n  sklearn-genre predict gtzan song.mp3\n" in everything
    assert main(["help", "train"]) == 0
    helped = capsys.readouterr().out
    assert main(["train", "--help"]) == 0
    assert capsys.readouterr().out == helped
    assert "\x1b" not in everything + helped


def test_the_examples_are_commands():
    parser, n = _parser(), 0
    (verbs,) = [a.choices for a in parser._actions if a.dest == "command"]
    assert len(verbs) == len(_VERBS)
    for example in [e for one in (parser, *verbs.values()) for e in one.examples]:
        if not example.startswith("help"):
            assert parser.parse_args(example.split(" > ")[0].split()).run
            n += 1
    assert n > 15


def test_progress_is_for_terminals_alone(monkeypatch, capsys):
    assert [*_terminal.watched(iter("ab"), lambda: 1 / 0, "test")] == ["a", "b"]
    assert capsys.readouterr().err == ""
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    assert [*_terminal.watched(iter("ab"), lambda: 2, "test")] == ["a", "b"]
    assert "test: " in screen.getvalue()
    monkeypatch.setenv("TERM", "dumb")
    assert not _terminal.on_terminal()


@pytest.mark.slow
def test_a_terminal_sees_bars_and_whole_lines(tmp_path):
    made = make_genre_audio(1, genres=["dub"], duration=4.0)
    for k in range(3):
        soundfile.write(tmp_path / f"{k}.wav", made.audio[0], 22050)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_genre", "tags", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
    )
    os.set_blocking(ours, False)
    seen = os.read(ours, 65536)
    os.close(theirs)
    os.close(ours)
    assert b"tags: " in seen
    assert len(done.stdout.splitlines()) == 3
    assert b"\r" not in done.stdout
