"""The script that completes the command in a shell."""

import shutil
import subprocess
import sys

import pytest

from sklearn_genre.cli import main

SHELLS = ["bash", "zsh", "fish", "tcsh", "powershell"]


@pytest.fixture
def script(capsys):
    pytest.importorskip("shtab")

    def made(shell):
        assert main(["--print-completion", shell]) == 0
        return capsys.readouterr().out

    return made


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_script_for_each_shell(script, shell):
    text = script(shell)
    for word in ("sklearn-genre", "predict", "over-time", "lachmish_cnn"):
        assert word in text, word


def completed(script, tmp_path, *words):
    """What bash offers for the last of these words."""
    (tmp_path / "script").write_text(script)
    typed = " ".join(["sklearn-genre", *words])
    code = f"""
        source ./script
        COMP_WORDS=({typed}); COMP_CWORD={len(words)}
        $(complete -p sklearn-genre | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        echo "${{COMPREPLY[@]}}"
    """
    run = [shutil.which("bash"), "-c", code]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_verbs_options_recipes_and_files(script, tmp_path):
    (tmp_path / "genres.skops").touch()
    text = script("bash")
    for words, offered in (
        (["fe"], ["features", "fetch"]),
        (["train", "music", "--rec"], ["--recipe"]),
        (["train", "music", "--recipe", "lach"], ["lachmish_cnn"]),
        (["predict", "gen"], ["genres.skops"]),
        (["tags", "a.mp3", "--model", "m"], ["msd", "mtt"]),
    ):
        assert completed(text, tmp_path, *words) == offered, words


def test_without_the_library_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 2
    assert "pip install 'sklearn-genre[completion]'" in capsys.readouterr().err
