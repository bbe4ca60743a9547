"""Audit of a data set: bad files, duplicates, conflicting labels."""

from ._audit import audit
from ._report import AuditReport, Finding, NearDuplicate

__all__ = ["AuditReport", "Finding", "NearDuplicate", "audit"]
