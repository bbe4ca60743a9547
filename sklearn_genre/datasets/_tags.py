"""Tags: indicator matrices, synonyms and categories."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from .._utils.names import plain_name
from .._utils.tags import check_indicator
from .._utils.text import listed
from ._base import read_bundled


def merge_tags(Y, tags, *, groups=None):
    """Merge tags that mean the same.

    A merged tag is on where any of its members is. A tag in no group stays as it is.

    Parameters
    ----------
    Y : array-like of shape (n_clips, n_tags)
        Indicator matrix of zeros and ones.
    tags : sequence of str of length n_tags
        The tags of the columns.
    groups : mapping of str to sequence of str, or None, default=None
        Members by merged tag. None takes the 29 groups known for MagnaTagATune [1]_.
        Members that are not among ``tags`` have no effect, so one map serves any
        subset of the tags.

    Returns
    -------
    Y : ndarray of shape (n_clips, n_merged), dtype int64
        Indicator matrix.
    tags : ndarray of shape (n_merged,) of str
        The merged tags, in the order of their first member in ``tags``.

    Raises
    ------
    ValueError
        If Y and ``tags`` do not fit, Y holds anything but 0 and 1, a tag is there
        twice or in two groups, or a group has the name of a tag that is not one of
        its members.

    See Also
    --------
    load_magnatagatune : The data set, which merges with ``tags="merged"``.
    tag_categories : Genre, instrument, mood and voice among the tags.

    Notes
    -----
    The published list leaves "female vocal" out, though it has "female vocals" and
    "male vocal". Here it belongs to "female". The 50 most frequent tags after the
    merge are then those of [2]_, name by name.

    References
    ----------
    .. [1] K. Choi, "magnatagatune-list", section "Proposed tag preprocessing",
       GitHub, 2015.
    .. [2] S. Panwar, A. Das, M. Roopaei, P. Rad, "A deep learning approach for
       mapping music genres", System of Systems Engineering Conference, 2017, Fig. 6.

    Examples
    --------
    >>> from sklearn_genre.datasets import merge_tags
    >>> Y, tags = merge_tags([[1, 0, 0], [0, 1, 1]], ["woman", "female", "harp"])
    >>> tags.tolist()
    ['female', 'harp']
    >>> Y.tolist()
    [[1, 0], [1, 1]]
    """
    Y, tags = _check_tags(Y, tags)
    merged_of = _check_groups(tags, groups)
    names = [merged_of.get(tag, tag) for tag in tags]
    merged = list(dict.fromkeys(names))
    out = np.zeros((len(Y), len(merged)), dtype=np.int64)
    for k, name in enumerate(names):
        out[:, merged.index(name)] |= Y[:, k]
    return out, np.array(merged, dtype=str)


def tag_categories(tags=None):
    """Sort MagnaTagATune's tags into genre, instrument, mood, voice and other.

    Parameters
    ----------
    tags : iterable of str or None, default=None
        Tags in any of the usual spellings ("male vocal", "maleVocal"): the 50 most
        frequent ones, and the names into which their synonyms are merged. None takes
        all that have a category.

    Returns
    -------
    categories : dict of str to list of str
        The tags of each category, in the order given; categories without a tag are
        left out. Unknown tags are under "other".

    See Also
    --------
    merge_tags : Merge tags that mean the same.

    Notes
    -----
    MagnaTagATune itself [1]_ has no categories; the assignment is this package's own.

    References
    ----------
    .. [1] E. Law, K. West, M. Mandel, M. Bay, J. S. Downie, "Evaluation of algorithms
       using games: the case of music tagging", ISMIR 2009.

    Examples
    --------
    >>> from sklearn_genre.datasets import tag_categories
    >>> tag_categories(["guitar", "opera", "maleVocal", "slow", "piano"])
    {'genre': ['opera'], 'instrument': ['guitar', 'piano'], 'mood': ['slow'],
     'voice': ['maleVocal']}
    """
    known = _known_categories()
    spelling = {tag.replace(" ", ""): category for tag, category in known.items()}
    names = ("genre", "instrument", "mood", "voice", "other")
    members = {name: [] for name in names}
    for tag in known if tags is None else tags:
        key = plain_name(tag).replace(" ", "").lower()
        members[spelling.get(key, "other")].append(tag)
    return {name: found for name, found in members.items() if found}


@cache
def _known_categories():
    """Return the category of each tag that has one, the most frequent tags first."""
    rows = [row for row in read_bundled("magnatagatune_tags.csv") if row["category"]]
    rows.sort(key=lambda row: int(row["top50"] or 51))
    return {row["tag"]: row["category"] for row in rows}


def _check_tags(Y, tags):
    """Return an indicator matrix and its tags, as an array and a list.

    Raises
    ------
    ValueError
        If they do not fit, or Y holds anything but 0 and 1.
    """
    tags = [plain_name(tag) for tag in tags]
    Y = check_indicator(Y, "Y")
    if Y.shape[1] != len(tags):
        raise ValueError(
            f"Y must have shape (n_clips, {len(tags)}), one column per tag, got "
            f"{Y.shape}."
        )
    if len(set(tags)) != len(tags):
        twice = sorted({tag for tag in tags if tags.count(tag) > 1})
        raise ValueError(f"tags: {listed(twice)} occurs twice.")
    return Y.astype(np.int64), tags


def _check_groups(tags, groups):
    """Return the merged tag of each tag."""
    if groups is None:
        rows = read_bundled("magnatagatune_tags.csv")
        return {row["tag"]: row["merged"] for row in rows}
    if not isinstance(groups, Mapping):
        raise ValueError(f"groups must map merged tags to members, got {groups!r}.")
    merged_of = {}
    for merged, members in groups.items():
        if isinstance(members, str):
            raise ValueError(f"groups[{merged!r}] must be a sequence of tags.")
        merged = plain_name(merged)
        for tag in (plain_name(member) for member in members):
            if merged_of.setdefault(tag, merged) != merged:
                raise ValueError(
                    f"groups: {tag!r} is in two groups, {merged_of[tag]!r} and "
                    f"{merged!r}."
                )
    for merged in (plain_name(name) for name in groups):
        if merged in tags and merged_of.get(merged, merged) != merged:
            raise ValueError(f"groups: {merged!r} is a group and a member of another.")
        if merged in tags and merged not in merged_of:
            raise ValueError(
                f"groups: {merged!r} is also a tag, but not a member of its own group. "
                "Add it to the group, or give the group another name."
            )
    return merged_of


def indicator(tag_lists, tags):
    """Return the indicator matrix of lists of tags, all of them known.

    Parameters
    ----------
    tag_lists : sequence of iterable of str
    tags : sequence of str

    Returns
    -------
    Y : ndarray of shape (n_clips, n_tags), dtype int64
    """
    column = {tag: k for k, tag in enumerate(tags)}
    Y = np.zeros((len(tag_lists), len(column)), dtype=np.int64)
    for row, members in enumerate(tag_lists):
        Y[row, [column[tag] for tag in members]] = 1
    return Y
