"""Modules of the reference engine that cannot be imported by `from`, and are broken here."""

from importlib import import_module

MIGRATE = import_module("hanbench.harness.engine.reference.migrate")
"""Its package shows the function of the same name in its place."""
