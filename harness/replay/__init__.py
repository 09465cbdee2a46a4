"""Replay files: one case with all that it needs, run again and compared."""
