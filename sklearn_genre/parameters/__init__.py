"""Parameters of estimators, each declared once: default, legal values, documentation.

A class lists its parameters in a table of rules; signature, checks and docstring follow
from it. Write your own network or transformer in the same way:

>>> from sklearn_genre.parameters import Declared, Integer, Real
>>> class Echo(Declared):
...     \"\"\"Repeat a clip.\"\"\"
...     _parameters = {
...         "n_times": Integer(2, "How often the clip is heard.", low=1),
...         "decay": Real(0.5, "Gain from one echo to the next.", low=0, high=1),
...     }
>>> Echo(n_times=3).decay
0.5
>>> Echo(decay=2).check_params()
Traceback (most recent call last):
    ...
ValueError: Echo: decay must be a number >= 0 and <= 1, got 2.
"""

from ._declared import REQUIRED, Declared, Rule
from ._numbers import Flag, Integer, Jobs, Real, Seed, Verbosity
from ._objects import AnyOf, Having, Mapping
from ._sizes import Pair, Pools, Sizes
from ._words import Device, Folder, Names, OneOf

__all__ = [
    "REQUIRED",
    "AnyOf",
    "Declared",
    "Device",
    "Flag",
    "Folder",
    "Having",
    "Integer",
    "Jobs",
    "Mapping",
    "Names",
    "OneOf",
    "Pair",
    "Pools",
    "Real",
    "Rule",
    "Seed",
    "Sizes",
    "Verbosity",
]
