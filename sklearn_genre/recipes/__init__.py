"""Recipes: published systems, each a function that returns an unfitted Pipeline.

All parameters are keyword-only. ``front_end`` says what X is: "audio" (paths, arrays)
goes through the paper's own chain of transformers, with None X is what that chain
would return, and a transformer replaces the chain. In the docstrings "Stated" is what
the paper says, "Contradicted" is where it contradicts itself, and "Ours" is what it
leaves open. `SYSTEMS` lists the systems with the figures of their papers; `best`,
`fast`, `pretrained` and `fine_tuned` are our own.

Names are loaded on first use, so that those without a network load no torch.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
