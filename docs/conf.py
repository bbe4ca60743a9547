"""Configuration of the documentation: ``sphinx-build docs docs/_build/html``."""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

import sklearn_genre

HERE = Path(__file__).parent

project = "sklearn_genre"
author = "The sklearn_genre developers"
copyright = "2026, The sklearn_genre developers"
version = release = sklearn_genre.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
# links to the pages of other projects need the network, and a build does not
if os.environ.get("SKLEARN_GENRE_DOCS_ONLINE"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "scipy": ("https://docs.scipy.org/doc/scipy", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "matplotlib": ("https://matplotlib.org/stable", None),
        "torch": ("https://docs.pytorch.org/docs/stable", None),
    }
# every link in a docstring or page leads somewhere
nitpicky = True
nitpick_ignore = [
    # the default of a declared parameter that has none, in a signature
    ("py:class", "inspect._empty"),
]
if "intersphinx_mapping" not in globals():
    others = r"(functools|numbers|numpy|scipy|sklearn|torch)\..+"
    nitpick_ignore_regex = [("py:.+", others)]
exclude_patterns = ["_build", "auto_examples/**/*.ipynb", "auto_examples/**/*.py"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "show_prev_next": False,
    "header_links_before_dropdown": 6,
    "navigation_depth": 3,
    "show_nav_level": 1,
}
# "fit()", not "CNNClassifier.fit()", under "On this page"
toc_object_entries_show_parents = "hide"
html_static_path = ["_static"]
html_css_files = ["sklearn_genre.css"]
html_show_sourcelink = False
html_title = f"sklearn_genre {release}"
myst_heading_anchors = 3
autosummary_generate = True
autodoc_typehints = "none"
default_role = "code"
templates_path = ["_templates"]
# one page per class with its methods, except those that scikit-learn adds to every
# estimator
numpydoc_show_class_members = False
_REQUESTS = ("fit", "partial_fit", "predict", "predict_proba", "score", "transform")
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseEstimator, ClassifierMixin, TransformerMixin, dict, "
    "MetaEstimatorMixin, Exception, UserWarning",
    "exclude-members": ",".join(
        ["set_output", "get_metadata_routing", "score", "set_split_request"]
        + [f"set_{method}_request" for method in _REQUESTS]
        + ["set_decision_function_request", "set_predict_log_proba_request"]
    ),
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "auto_examples",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("sklearn_genre",),
    "backreferences_dir": "generated/backreferences",
    "download_all_examples": False,
    # what a cell draws is shown, not what its last call returns
    "ignore_repr_types": r"matplotlib|Display|'list'|'dict'",
    "min_reported_time": 1e9,
    "write_computation_times": False,
}

_API = """\
API reference
=============

What goes into a ``Pipeline``, the loaders and a handful of functions can be imported
from ``sklearn_genre``; everything else is imported from its module, such as
``sklearn_genre.evaluation``. :doc:`The command </user_guide/command_line>` has a page
of its own.
"""


def rooms():
    """Return the public rooms of the package by name, except the command."""
    names = [found.name for found in pkgutil.iter_modules(sklearn_genre.__path__)]
    public = [n for n in names if not n.startswith("_") and n != "cli"]
    return {name: importlib.import_module(f"sklearn_genre.{name}") for name in public}


def public_names(room, door):
    """Return each name of a room as a user imports it from the package."""
    # not by name alone: the recipe "pretrained" is called as a room
    flat = [n for n in door.__all__ if getattr(sklearn_genre, n, 0) is getattr(door, n)]
    return [name if name in flat else f"{room}.{name}" for name in door.__all__]


def table(names, *options):
    """Return the lines of a table of public names."""
    return [
        *(".. currentmodule:: sklearn_genre", ""),
        *(".. autosummary::", "   :nosignatures:"),
        *(f"   {option}" for option in options),
        *("", *(f"   {name}" for name in names), ""),
    ]


def write_room(folder, room, door):
    """Write the page of a room, from which those of its names are made."""
    summary = door.__doc__.split("\n")[0]
    lines = [room, "=" * len(room), "", f".. module:: sklearn_genre.{room}", ""]
    lines += [summary, "", *table(public_names(room, door), ":toctree: .")]
    (folder / f"{room}.rst").write_text("\n".join(lines), encoding="utf-8")


def write_api(folder):
    """Write the API page, with the public names of all rooms, and a page for each."""
    folder.mkdir(exist_ok=True)
    lines = [_API, ".. toctree::", "   :hidden:", "", *(f"   {r}" for r in rooms()), ""]
    for room, door in rooms().items():
        write_room(folder, room, door)
        lines += [room, "-" * len(room), "", door.__doc__.split("\n")[0], ""]
        lines += table(public_names(room, door))
    (folder / "api.rst").write_text("\n".join(lines), encoding="utf-8")


def find_public(app, env, node, content):
    """Resolve the bare name of something public, wherever it is imported from."""
    places = {
        name.rpartition(".")[2]: f"sklearn_genre.{name}"
        for room, door in rooms().items()
        for name in public_names(room, door)
    }
    name = node.get("reftarget")
    if node.get("refdomain") != "py" or name not in places:
        return None
    domain, kind = env.get_domain("py"), node["reftype"]
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, kind, places[name], node, content
    )


def describe_constant(app, what, name, thing, options, lines):
    """Put the comment beside a constant in the place of what its type says."""
    parent, _, short = name.rpartition(".")
    if what == "data":
        inside = [m for m in sys.modules if m.startswith(f"{parent}.")]
        comments = (ModuleAnalyzer.for_module(m).find_attr_docs() for m in inside)
        lines[:] = next((c["", short] for c in comments if ("", short) in c), lines)


def setup(app):
    """Called by Sphinx."""
    app.connect("missing-reference", find_public)
    app.connect("autodoc-process-docstring", describe_constant)


write_api(HERE / "generated")
