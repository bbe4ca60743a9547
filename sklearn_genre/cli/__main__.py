"""``python -m sklearn_genre.cli``: the command, too."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
