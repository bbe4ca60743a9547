"""Reports of evaluations: scores with intervals, tables, text, and pages of HTML."""

from ._genre import GenreReport
from ._tag_evaluation import tag_report
from ._tags import TagReport

__all__ = ["GenreReport", "TagReport", "tag_report"]
