"""Audit of a data set: bad files, duplicates, conflicting labels."""

from .audit import audit
from .report import AuditReport, Finding, NearDuplicate

__all__ = ["AuditReport", "Finding", "NearDuplicate", "audit"]
