"""Tags: indicator matrices, and merging those that mean the same."""

from collections.abc import Mapping

import numpy as np

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
        Members that are not among ``tags`` are of no effect, so that one map serves
        any subset of the tags.

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
        twice or in two groups, or a group bears the name of a tag that is not one of
        its members.

    See Also
    --------
    load_magnatagatune : The data set, with ``tags="merged"`` as one of its choices.

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
    Y, tags = check_indicator(Y, tags)
    merged_of = _check_groups(tags, groups)
    names = [merged_of.get(tag, tag) for tag in tags]
    merged = list(dict.fromkeys(names))
    out = np.zeros((len(Y), len(merged)), dtype=np.int64)
    for k, name in enumerate(names):
        out[:, merged.index(name)] |= Y[:, k]
    return out, np.array(merged, dtype=str)


def check_indicator(Y, tags):
    """An indicator matrix and its tags, as an array and a list.

    Raises
    ------
    ValueError
        If they do not fit, or Y holds anything but 0 and 1.
    """
    tags = [str(tag) for tag in tags]
    Y = np.asarray(Y)
    if Y.ndim != 2 or Y.shape[1] != len(tags):
        raise ValueError(
            f"Y must have shape (n_clips, {len(tags)}), one column a tag, got "
            f"{Y.shape}."
        )
    if len(set(tags)) != len(tags):
        twice = sorted({tag for tag in tags if tags.count(tag) > 1})
        raise ValueError(f"tags: {listed(twice)} is there twice.")
    if not np.isin(Y, (0, 1)).all():
        raise ValueError("Y must hold zeros and ones only.")
    return Y.astype(np.int64), tags


def _check_groups(tags, groups):
    """Merged tag by tag."""
    if groups is None:
        rows = read_bundled("magnatagatune_tags.csv")
        return {row["tag"]: row["merged"] for row in rows}
    if not isinstance(groups, Mapping):
        raise ValueError(f"groups must map merged tags to members, got {groups!r}.")
    merged_of = {}
    for merged, members in groups.items():
        if isinstance(members, str):
            raise ValueError(f"groups[{merged!r}] must be a sequence of tags.")
        for tag in members:
            if merged_of.setdefault(tag, merged) != merged:
                raise ValueError(
                    f"groups: {tag!r} is in two groups, {merged_of[tag]!r} and "
                    f"{merged!r}."
                )
    for merged in groups:
        if merged in tags and merged_of.get(merged, merged) != merged:
            raise ValueError(f"groups: {merged!r} is a group and a member of another.")
        if merged in tags and merged not in merged_of:
            raise ValueError(
                f"groups: {merged!r} is also a tag, but not a member of its own group. "
                "Add it to the group, or give the group another name."
            )
    return merged_of


def indicator(tag_lists, tags):
    """Indicator matrix of lists of tags, all of them known.

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
