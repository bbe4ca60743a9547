"""Stratified folds for tags, without splitting groups."""

import warnings

import numpy as np
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from .._utils.indexing import n_rows
from .._utils.labels import label_list, to_codes
from .._utils.tags import as_indicator, column_names, tag_classes
from ..parameters import Integer


class MultilabelStratifiedGroupKFold(BaseCrossValidator):
    """K folds with similar shares of every tag that keep each group on one side.

    Iterative stratification: the tag with the fewest rows left is dealt out first, and
    each of its groups goes to the fold that lacks the most rows with that tag; and so
    on.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, >= 2.
    shuffle : bool, default=False
        Whether equal choices are made at random rather than in the order of the
        rows.
    random_state : int, RandomState instance or None, default=None
        Used only with ``shuffle=True``.

    See Also
    --------
    merge_groups : Groups of songs, artists and duplicates.
    sklearn.model_selection.StratifiedGroupKFold : The same for one label per row.

    Notes
    -----
    Without groups this is the algorithm of [1]_: rows without any tag go to the folds
    that lack the most rows. With groups, a group counts with all its rows and tags; the
    groups with the most rows of a tag are dealt first; and at the end single groups
    move to another fold as long as that makes the folds more alike.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of
       Multi-Label Data", ECML PKDD 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_genre.evaluation import MultilabelStratifiedGroupKFold
    >>> y = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1], [1, 1], [0, 0], [0, 0]])
    >>> artists = ["a", "a", "b", "b", "c", "d", "e", "f"]
    >>> cv = MultilabelStratifiedGroupKFold(2)
    >>> for train, test in cv.split(np.zeros((8, 1)), y, artists):
    ...     print(test, y[test].sum(axis=0))
    [0 1 2 3] [2 2]
    [4 5 6 7] [2 2]
    """

    __metadata_request__split = {"groups": True}

    def __init__(self, n_splits=5, *, shuffle=False, random_state=None):
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object
            Ignored.

        Returns
        -------
        n_splits : int
        """
        return self.n_splits

    def split(self, X, y, groups=None):
        """Yield the folds.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Only its length is used.
        y : array-like of shape (n, n_tags) or (n,)
            0 and 1 for each tag; or one class per row.
        groups : array-like of shape (n,) or None, default=None
            None makes every row a group of its own, and so does each unknown label
            (None, NaN).

        Yields
        ------
        train, test : ndarray of int

        Raises
        ------
        ValueError
            If y is neither tags nor classes, or there are fewer groups than folds.

        Warns
        -----
        UserWarning
            If a tag occurs in fewer groups than there are folds, so that some folds
            must lack it.
        """
        fold_of_row = self._deal_rows(n_rows(X), y, groups)
        for fold in range(self.n_splits):
            in_test = fold_of_row == fold
            yield np.flatnonzero(~in_test), np.flatnonzero(in_test)

    def _deal_rows(self, n, y, groups):
        """Check everything and return the fold of each row."""
        Integer(low=2).check_value("n_splits", self.n_splits)
        tags = as_indicator(y, n, self)
        labels = range(n) if groups is None else label_list(groups, "groups", n)
        codes, _ = to_codes(list(labels))
        sizes = np.bincount(codes)
        if len(sizes) < self.n_splits:
            raise ValueError(
                f"n_splits={self.n_splits} needs as many groups, but there are only "
                f"{len(sizes)}."
            )
        counts = np.zeros((len(sizes), tags.shape[1]))
        np.add.at(counts, codes, tags)
        self._warn_of_rare_tags(counts, tag_classes(column_names(y), len(counts[0])))
        order = np.arange(len(sizes))
        rng = None
        if self.shuffle:
            rng = check_random_state(self.random_state)
            order = rng.permutation(order)
        fold_of_group = np.empty(len(sizes), dtype=np.intp)
        fold_of_group[order] = deal(counts[order], sizes[order], self.n_splits, rng)
        if len(sizes) < n:  # without groups the folds stay those of the source
            fold_of_group = even_out(fold_of_group, counts, sizes, self.n_splits)
        return fold_of_group[codes]

    def _warn_of_rare_tags(self, counts, tags):
        """Warn about tags that some folds must lack."""
        n_groups = (counts > 0).sum(axis=0)
        rare = np.flatnonzero((n_groups > 0) & (n_groups < self.n_splits))
        if len(rare):
            more = " and more" if len(rare) > 10 else ""
            warnings.warn(
                f"Tags {tags[rare[:10]].tolist()}{more} occur in fewer than "
                f"n_splits={self.n_splits} groups, so some folds lack them.",
                UserWarning,
                stacklevel=4,
            )


def deal(counts, sizes, n_splits, rng=None):
    """Deal groups to folds by iterative stratification.

    Parameters
    ----------
    counts : ndarray of shape (n_groups, n_tags)
        Rows of each group that have each tag.
    sizes : ndarray of shape (n_groups,)
        Rows of each group.
    n_splits : int
    rng : RandomState or None
        Chooses among folds that lack the same amount; None takes the first.

    Returns
    -------
    folds : ndarray of shape (n_groups,)
    """
    # The rarest tag first: a frequent tag can still be evened out with what is left,
    # but the few groups of a rare one may all have gone to one fold by then.
    lacking = np.tile(counts.sum(axis=0) / n_splits, (n_splits, 1))
    lacking_rows = np.full(n_splits, sizes.sum() / n_splits)
    folds = np.full(len(sizes), -1)
    while (folds < 0).any():
        left = folds < 0
        rows_left = counts[left].sum(axis=0)
        tagged = rows_left > 0
        if tagged.any():
            tag = np.where(tagged, rows_left, np.inf).argmin()
            turn = np.flatnonzero(left & (counts[:, tag] > 0))
            # large groups first, as in bin packing: small ones fill the gaps
            turn = turn[np.argsort(-counts[turn, tag], kind="stable")]
        else:
            tag = None
            turn = np.flatnonzero(left)
            turn = turn[np.argsort(-sizes[turn], kind="stable")]
        for group in turn:
            need = lacking_rows if tag is None else lacking[:, tag]
            fold = _neediest(need, lacking_rows, rng)
            folds[group] = fold
            # may become negative: the fold then has more than its share, and waits
            lacking[fold] -= counts[group]
            lacking_rows[fold] -= sizes[group]
    return folds


def even_out(folds, counts, sizes, n_splits, max_passes=20):
    """Move single groups between folds while that makes the folds more alike.

    A group brings other tags along with the one it is dealt for, so dealing alone
    leaves folds uneven.

    Parameters
    ----------
    folds : ndarray of shape (n_groups,)
        As returned by :func:`deal`.
    counts, sizes, n_splits
        As in :func:`deal`.
    max_passes : int, default=20
        Maximum number of passes over all groups; few are needed.

    Returns
    -------
    folds : ndarray of shape (n_groups,)
        The sum of the squared shares, over folds, of each tag and of the rows is no
        larger than before.
    """
    folds = folds.copy()
    # shares of each tag, so that a rare tag counts as much as a frequent one, and the
    # number of rows as much as a tag
    shares = np.column_stack([counts, sizes])
    shares = shares / np.maximum(shares.sum(axis=0), 1)
    held = np.zeros((n_splits, shares.shape[1]))
    np.add.at(held, folds, shares)
    for _ in range(max_passes):
        before = folds.copy()
        for group, share in enumerate(shares):
            home = folds[group]
            # half the change of the sum of squares if the group moves from home to
            # each fold: |h - s|^2 - |h|^2 + |f + s|^2 - |f|^2 = 2 (f - h) s + 2 s s
            gain = held @ share - held[home] @ share + share @ share
            gain[home] = 0.0
            best = gain.argmin()
            if gain[best] < -1e-12:  # else rounding could move groups forever
                held[home] -= share
                held[best] += share
                folds[group] = best
        if (folds == before).all():
            break
    return folds


def _neediest(need, lacking_rows, rng):
    """Return the fold with the most need; of equals, that which lacks most rows."""
    best = np.flatnonzero(np.isclose(need, need.max()))
    best = best[np.isclose(lacking_rows[best], lacking_rows[best].max())]
    return best[0] if rng is None else rng.choice(best)
