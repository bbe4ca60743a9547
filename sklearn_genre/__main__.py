"""``python -m sklearn_genre``: the same as the command ``sklearn-genre``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
