"""The gate: whether a run may pass, against a baseline of known failures; and what changed."""
