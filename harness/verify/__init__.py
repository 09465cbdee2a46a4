"""Verification of determinism: the same cases in fresh processes that are set up differently."""
