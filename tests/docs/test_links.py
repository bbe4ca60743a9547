"""Links between the pages, and what the commands on them are made of."""

import re
import shlex
import tomllib

import pytest
from helpers import ROOT

from sklearn_genre.cli import _parser

DOCS = ROOT / "docs"
MADE = {"_build", "auto_examples", "generated"}
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    if not MADE & set(path.relative_to(ROOT).parts)
)
TEXTS = {path: path.read_text("utf-8") for path in PAGES}
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]


def without_code(text):
    text = re.sub(r"^(`{3,})(?!\{container).*?^\1$", "", text, flags=re.S | re.M)
    return re.sub(r"``.*?``|`[^`]*`", "code", text)


def targets(text):
    """What the links and pictures of a page point to."""
    return re.findall(r"\]\(<?([^)<>\s]+)", without_code(text))


def anchors(path):
    """Ends of addresses in a page: its headings, in the manner of GitHub."""
    heads = re.findall(r"^#{1,3} (.+)$", TEXTS[path], re.M)
    plain = [re.sub(r"[^\w\s-]", "", head.lower()).strip() for head in heads]
    named = re.findall(r"^\((.+)\)=$", TEXTS[path], re.M)
    return {head.replace(" ", "-") for head in plain} | set(named)


def source(path):
    """The file that a page of the gallery is made of; others are files themselves."""
    relative = path.relative_to(ROOT).parts
    if relative[:2] == ("docs", "auto_examples"):
        script = (ROOT / "examples/gallery").joinpath(*relative[2:])
        return script.with_name(
            "README.rst" if script.stem == "index" else f"{script.stem}.py"
        )
    # of the API reference, its list of names alone is certain before a build
    return ROOT / "docs/conf.py" if relative[:2] == ("docs", "generated") else path


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_links_lead_somewhere(path):
    for target in targets(TEXTS[path]):
        if re.match(r"https?://|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        page = (path.parent / name).resolve() if name else path
        assert source(page).exists(), target
        if anchor and page.suffix == ".md":
            assert anchor in anchors(page), target


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_commands_are_known(path):
    text = TEXTS[path].replace("\\\n", " ")
    for line in re.findall(r"^(?:\S*bin/)?sklearn-genre (.*)$", text, re.M):
        line = re.sub(r"\s+#.*| [|>] .*", "", line)
        try:
            _parser().parse_args(shlex.split(line))
        except SystemExit as end:  # of help, or of what a shell shall complete
            if end.code:
                pytest.fail(line)


def test_the_page_of_an_index_has_no_dead_links():
    """On it, links into the repository are text, and pictures are left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    page = project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    text = TEXTS[ROOT / "README.md"]
    assert targets(text)
    for change in page["substitutions"]:
        text = re.sub(change["pattern"], change["replacement"], text)
    assert not [t for t in targets(text) if not t.startswith("https:")]
    assert "save_model" in text
