"""Holds the model check against the emulator, story by story."""
