"""Configuration of the documentation: ``sphinx-build docs docs/_build/html``."""

import importlib
from collections import defaultdict
from pathlib import Path

# sphinx-gallery looks up the names in examples, and this one is hidden without it
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

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
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "auto_examples/*.ipynb", "auto_examples/*.py"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False}
html_title = f"sklearn_genre {release}"
myst_heading_anchors = 3
autosummary_generate = True
autodoc_typehints = "none"
default_role = "code"
templates_path = ["_templates"]
# one page a class with its methods on it, except for those that scikit-learn adds to
# every estimator
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
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    # examples train networks: they are shown as they are, and run by the tests
    "plot_gallery": False,
    "filename_pattern": r"\.py",
    "download_all_examples": False,
}

_API = """\
API reference
=============

Every public name can be imported from ``sklearn_genre``, recipes from
``sklearn_genre.recipes``.
"""
_TITLES = {
    "audio": "Audio",
    "features": "Features",
    "slicing": "Slices",
    "neural": "Networks",
    "mixture": "Mixtures",
    "recipes": "Recipes",
    "datasets": "Data sets",
    "evaluation": "Evaluation",
    "plotting": "Plots",
    "persistence": "Saving models",
}


def write_api(path):
    """Write the API page from the package's own list of names."""
    homes = defaultdict(list)
    for name in sklearn_genre.__all__:
        homes[getattr(sklearn_genre, name).__module__.split(".")[1]].append(name)
    homes["recipes"] = [f"recipes.{name}" for name in sklearn_genre.recipes.__all__]
    order = sorted(homes, key=lambda home: [*_TITLES, home].index(home))
    text = [_API]
    for home in order:
        title = _TITLES.get(home, home.capitalize())
        about = importlib.import_module(f"sklearn_genre.{home}").__doc__.split("\n")[0]
        names = "\n".join(f"   {name}" for name in homes[home])
        text.append(f"{title}\n{'-' * len(title)}\n\n{about}\n")
        text.append(".. currentmodule:: sklearn_genre\n")
        text.append(f".. autosummary::\n   :toctree: .\n   :nosignatures:\n\n{names}\n")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(text), encoding="utf-8")


write_api(HERE / "generated" / "api.rst")
