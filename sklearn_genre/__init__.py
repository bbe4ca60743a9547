"""Music genre classification and tagging for scikit-learn.

Names are loaded on first use, so that importing the package loads no torch, librosa or
matplotlib. The names and their rooms are listed once, in ``__init__.pyi``, where
editors and type checkers read them too.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
