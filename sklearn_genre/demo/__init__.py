"""A page on this machine to try a model on songs: genres, tags, when and why.

It needs Gradio and matplotlib: ``pip install "sklearn-genre[demo]"``. The command
``sklearn-genre demo`` opens it; `hear` gives what it shows without a page.
"""

from ._hearing import Hearing, hear
from ._page import make_page
from ._reasons import Reasons
from ._serving import serve

__all__ = ["Hearing", "Reasons", "hear", "make_page", "serve"]
