"""``sklearn-genre info`` and ``recipes``: what is in a model, what can be trained."""

import os
import re

from ._parser import add_model

_WIDTH = 23  # of the longest name, and two blanks


def add_info(commands):
    """Add the command ``info`` to the parser."""
    parser = commands.add_parser(
        "info",
        help="say what is in a model",
        description="Say what is in a model: what it answers, its steps, the versions "
        "that saved it, and its card, which is what its author says about it. A model "
        "that ends in .joblib or .pkl runs whatever code is in its file: give only "
        "those that you trust.",
        examples=("info gtzan", "info genres.skops"),
    )
    add_model(parser)
    parser.set_defaults(run=_info)


def add_recipes(commands):
    """Add the command ``recipes`` to the parser."""
    parser = commands.add_parser(
        "recipes",
        help="list what train --recipe can train",
        description="List the recipes that train --recipe takes, our own first, then "
        "published systems with the number of weights of their networks.",
    )
    parser.set_defaults(run=_recipes)


def _info(args):
    """Run ``info``."""
    from .. import load_model
    from .._utils.text import printable

    model = load_model(args.model)
    facts = {
        "model": args.model,
        "answers": _answers(model),
        "steps": _steps(model),
        "networks": _networks(model),
        "saved by": _versions(args.model),
        "size": _size(args.model),
    }
    for name, fact in facts.items():
        if fact:
            print(printable(f"{name + ':':10}{fact}"))
    card = card_of(args.model)
    print(f"\n{card}" if card else "card:     none")
    return 0


def _answers(model):
    """Say what a model can answer."""
    classes = getattr(model, "classes_", None)
    if classes is None:
        return "no classes are known"
    return f"{len(classes)}: {', '.join(map(str, classes))}"


def _steps(model):
    """Name the steps of a Pipeline and their classes."""
    steps = getattr(model, "steps", [("", model)])
    return " > ".join(f"{name} {type(step).__name__}".strip() for name, step in steps)


def _networks(model):
    """Count the weights of the trained networks in a model."""
    from .._utils.nested import estimators_in

    nets = [part.net_ for part in estimators_in(model) if hasattr(part, "net_")]
    sizes = [sum(p.numel() for p in net.module_.parameters()) for net in nets]
    return ", ".join(f"{size:,} weights" for size in sizes)


def _versions(source):
    """Return the versions that saved a file; "" for what does not say."""
    from ..pretrained import saved_versions

    try:
        found = saved_versions(source)
    except (OSError, ValueError):  # a name without a file, a file of joblib
        return ""
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _size(source):
    """Return the size of a file; "" for a name."""
    return f"{os.path.getsize(source):,} bytes" if os.path.isfile(source) else ""


def card_of(source):
    """Return the card of a model; "" if it has none."""
    from ..pretrained import model_card

    try:
        return model_card(source)
    except (OSError, ValueError):  # a tagger, a file of joblib
        return ""


def _recipes(args):
    """Run ``recipes``."""
    from .. import recipes
    from ._recipe import recipe_names

    papers = {system.recipe: f" ({system.paper})" for system in recipes.SYSTEMS}
    for name in recipe_names():
        summary = " ".join(getattr(recipes, name).__doc__.split("\n\n")[0].split())
        # without the rows of the page "Systems", in brackets at the end
        what = re.sub(r" \([^()]*\)(?=\.$)", "", summary).removeprefix("Build ")
        weights = _weights(name, recipes.SYSTEMS)
        print(f"{name:{_WIDTH}}{what.rstrip('.')}{papers.get(name, '')}{weights}")
    return 0


def _weights(name, systems):
    """Say how many weights the networks of a recipe have; "" where it has none."""
    found = {s.n_weights() for s in systems if s.recipe == name} - {None}
    if not found:
        return ""
    # forms of one system that look alike have one number
    said = dict.fromkeys(f"{n / 1e6:.2f}" for n in (min(found), max(found)))
    return f"; {' to '.join(said)} million weights"
