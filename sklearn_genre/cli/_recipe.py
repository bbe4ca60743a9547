"""A recipe by name, with the options of the command as its parameters."""

import inspect

from .._utils.text import did_you_mean

_OF = {"epochs": "max_epochs", "device": "device", "checkpoint": "checkpoint"}


def recipe_names():
    """Return the names of the recipes that predict, our own first."""
    from .. import recipes

    ours = ["pretrained", "fast", "best", "fine_tuned"]
    makers = (n for n in recipes.__all__ if inspect.isfunction(getattr(recipes, n)))
    # those whose names end so make tables
    return ours + [n for n in makers if n not in ours and not n.endswith("_features")]


def find_recipe(name):
    """Return the function of a recipe.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    from .. import recipes

    known = recipe_names()
    if name in known:
        return getattr(recipes, name)
    meant = did_you_mean(name, known) or " sklearn-genre recipes lists them."
    raise ValueError(f"--recipe: there is no recipe {name!r}.{meant}")


def make_model(args, *, tagger=None):
    """Return the untrained model; ``tagger`` makes it in place of the default recipe.

    Raises
    ------
    ValueError
        If an option has no effect on it.
    """
    recipe = find_recipe(args.recipe)
    if tagger is not None and args.recipe == "pretrained":
        recipe = tagger
    _check_hears(recipe, args.recipe)
    given = {}
    if args.excerpts is not None:
        if "n_excerpts" not in inspect.signature(recipe).parameters:
            raise ValueError(
                f"--excerpts is not of --recipe {args.recipe}: give --recipe fast or "
                "best as well."
            )
        given["n_excerpts"] = args.excerpts
    # spectrograms are computed where they are cheap to have, unless asked for
    if args.device is None and "device" in inspect.signature(recipe).parameters:
        given["device"] = "auto"
    model = recipe(**given)
    _set(model, "random_state", args.seed)
    for option, parameter in _OF.items():
        value = getattr(args, option)
        if value is not None and not _set(model, parameter, value):
            raise ValueError(
                f"--{option} has no effect with --recipe {args.recipe}, which trains "
                f"no network{' in epochs' * (option != 'device')}. Leave it out."
            )
    first = f"{model.steps[0][0]}__n_jobs"
    return model.set_params(
        **{first: args.n_jobs} if first in model.get_params() else {}
    )


def _check_hears(recipe, name):
    """Raise if a recipe has no front end for songs unless it is given one."""
    front_end = inspect.signature(recipe).parameters.get("front_end")
    if front_end is not None and front_end.default is None:
        raise ValueError(
            f"--recipe {name} learns from tables of features, not from songs. Use it "
            "in Python, with its parameter front_end or a table."
        )


def _set(model, parameter, value):
    """Set a parameter of all parts that have it; return whether any has."""
    names = [n for n in model.get_params() if n.split("__")[-1] == parameter]
    model.set_params(**dict.fromkeys(names, value))
    return bool(names)
