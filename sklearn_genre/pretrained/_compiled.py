"""Fitted models whose compiled code follows indices that it does not check.

A number out of range there reads foreign memory or ends the process, so it is looked
for before such a model is used. Networks are checked for weights that are no numbers.
"""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._gb import BaseGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

from ..neural import NeuralEstimator

_LEAF = -1  # the child of a leaf


def check_compiled(model):
    """Check all parts of a loaded model.

    Parameters
    ----------
    model : object

    Raises
    ------
    ValueError
        If indices or shapes of a part do not fit together.
    """
    todo, seen = [model], set()
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        for kind, check in _CHECKS.items():
            if isinstance(part, kind):
                check(part)
        todo += _inside(part)


def _inside(part):
    """Return what a container or an object holds."""
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, list | tuple):
        return [one for one in part if not isinstance(one, str | int | float)]
    if isinstance(part, np.ndarray):
        return part.ravel().tolist() if part.dtype.hasobject else []
    module = type(part).__module__.partition(".")[0]
    own = module in ("sklearn", "sklearn_genre") or isinstance(part, BaseEstimator)
    own = own and hasattr(part, "__dict__")
    return list(vars(part).values()) if own else []


def _require(fits, part):
    """Raise a ValueError unless the arrays of a part fit together."""
    if not fits:
        raise ValueError(f"the arrays of {type(part).__name__} do not fit together")


def _check_tree(tree):
    """Check the nodes of a decision tree."""
    state = tree.__getstate__()
    nodes, here = state["nodes"], np.arange(len(state["nodes"]))
    left, right = nodes["left_child"], nodes["right_child"]
    inner = left != _LEAF
    # children come after their parents, so every path ends
    ends = [(side > here) & (side < len(nodes)) for side in (left, right)]
    known = (nodes["feature"] >= 0) & (nodes["feature"] < tree.n_features)
    _require(state["node_count"] == len(nodes) > 0, tree)
    _require((ends[0] & ends[1] & known)[inner].all(), tree)


def _check_predictor(tree):
    """Check the nodes of a tree of histogram-based boosting."""
    nodes, here = tree.nodes, np.arange(len(tree.nodes))
    inner = nodes["is_leaf"] == 0
    sides = nodes["left"], nodes["right"]
    ends = [(side > here) & (side < len(nodes)) for side in sides]
    sets = tree.raw_left_cat_bitsets
    known = (nodes["is_categorical"] == 0) | (nodes["bitset_idx"] < len(sets))
    _require(len(nodes) > 0 and sets.ndim == 2 and sets.shape[1] == 8, tree)
    _require((ends[0] & ends[1] & known)[inner].all(), tree)


def _check_boosting(model):
    """Check that the trees of histogram-based boosting know the features."""
    trees = [tree for stage in getattr(model, "_predictors", ()) for tree in stage]
    for tree in trees:
        inner = tree.nodes["is_leaf"] == 0
        most = tree.nodes["feature_idx"][inner].max(initial=-1)
        _require(most < model.n_features_in_, model)
        _require(not tree.nodes["is_categorical"].any(), model)


def _check_one_tree(model):
    """Check that a decision tree has been fitted on the features of its estimator."""
    if hasattr(model, "tree_"):
        _require(model.tree_.n_features == model.n_features_in_, model)


def _check_ensemble(model):
    """Check the trees of an ensemble, which asks them without checking again."""
    trees = np.asarray(getattr(model, "estimators_", ()), dtype=object)
    fits = all(
        isinstance(tree, BaseDecisionTree) and tree.tree_.n_features == n
        for tree, n in ((tree, model.n_features_in_) for tree in trees.ravel())
    )
    if isinstance(model, BaseGradientBoosting) and trees.size:
        n_columns = model.n_trees_per_iteration_
        fits = fits and trees.ndim == 2 and trees.shape[1] == n_columns
        fits = fits and n_columns in (1, getattr(model, "n_classes_", 1))
    _require(fits, model)


def _check_svc(model):
    """Check the shapes of support vectors and their coefficients."""
    if not hasattr(model, "support_vectors_"):
        return
    n_classes, n_pairs = len(model.classes_), len(model._intercept_)
    n_vectors = len(model.support_)
    shapes = {
        "support_vectors_": (n_vectors, model.n_features_in_),
        "_dual_coef_": (n_classes - 1, n_vectors),
        "_n_support": (n_classes,),
        "_intercept_": (n_classes * (n_classes - 1) // 2,),
    }
    _require(not model._sparse and not callable(model.kernel), model)
    _require(model.kernel != "precomputed", model)
    _require(all(getattr(model, n).shape == shapes[n] for n in shapes), model)
    counts = model._n_support
    _require((counts >= 0).all() and counts.sum() == n_vectors, model)
    for extra in (model._probA, model._probB):
        _require(len(extra) in (0, n_pairs), model)


def _check_centers(model):
    """Check that the centers of clusters have the features of the data."""
    if hasattr(model, "cluster_centers_"):
        shape = model.n_clusters, model.n_features_in_
        _require(model.cluster_centers_.shape == shape, model)


def _check_weights(model):
    """Check that a network has no weight that is not finite."""
    weights = model.module_.state_dict() if hasattr(model, "net_") else {}
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise ValueError(
                f"{type(model).__name__}: the weights {name} are not finite"
            )


def _refuse(model):
    """Refuse what nobody has looked through."""
    raise ValueError(f"{type(model).__name__} cannot be kept in such a file")


_CHECKS = {
    BaseDecisionTree: _check_one_tree,
    (BaseForest, BaseGradientBoosting): _check_ensemble,
    (HistGradientBoostingClassifier, HistGradientBoostingRegressor): _check_boosting,
    KMeans: _check_centers,
    NeuralEstimator: _check_weights,
    (SVC, NuSVC): _check_svc,
    (SVR, NuSVR, OneClassSVM): _refuse,
    Tree: _check_tree,
    TreePredictor: _check_predictor,
}
