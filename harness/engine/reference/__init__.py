"""The reference migration engine."""

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate


def reference_engine() -> AsyncEngine:
    """Return a fresh life of the reference engine."""
    return AsyncEngine(migrate)
