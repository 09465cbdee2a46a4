"""The reference migration engine."""

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate, migrate_filing_first


def reference_engine() -> AsyncEngine:
    """Return a fresh life of the reference engine."""
    return AsyncEngine(migrate)


def files_first() -> AsyncEngine:
    """Return a fresh life of the reference engine that files before the start (domain.md 10.8)."""
    return AsyncEngine(migrate_filing_first)
