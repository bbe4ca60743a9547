"""Data sets, each as a Bunch of paths, target, target_names, groups, split, DESCR."""

from ._feature_table import load_feature_table
from ._fma import load_fma
from ._folder import load_folder
from ._gtzan import load_gtzan
from ._homburg import load_homburg
from ._magnatagatune import load_magnatagatune
from ._manifest import load_manifest
from ._msd import load_msd
from ._previews.fetch import fetch_previews
from ._synthetic.make import make_genre_audio
from ._tags import merge_tags, tag_categories

__all__ = [
    "fetch_previews",
    "load_feature_table",
    "load_fma",
    "load_folder",
    "load_gtzan",
    "load_homburg",
    "load_magnatagatune",
    "load_manifest",
    "load_msd",
    "make_genre_audio",
    "merge_tags",
    "tag_categories",
]
