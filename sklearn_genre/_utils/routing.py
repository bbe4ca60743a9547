"""Metadata routing of classifiers around one ``estimator``, which they fit."""

from sklearn import get_config
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)


def fit_router(owner):
    """Return the router that passes metadata of ``fit`` on to the estimator's ``fit``.

    Parameters
    ----------
    owner : estimator
        With a parameter ``estimator``; it may request metadata for itself, too.

    Returns
    -------
    router : MetadataRouter
    """
    mapping = MethodMapping().add(caller="fit", callee="fit")
    router = MetadataRouter(owner=owner).add_self_request(owner)
    return router.add(estimator=owner.estimator, method_mapping=mapping)


def routed_fit_params(owner, fit_params, **requested):
    """Return what the estimator's ``fit`` gets: all, or with routing what it requests.

    Parameters
    ----------
    owner : estimator
    fit_params : dict
        Metadata given for the estimator.
    **requested : object
        Metadata that the owner requests for itself.

    Returns
    -------
    fit_params : dict
    """
    if not get_config()["enable_metadata_routing"]:
        return fit_params
    return process_routing(owner, "fit", **requested, **fit_params).estimator.fit
