"""A run looked at event by event: forward, back, and at any instant of it."""
