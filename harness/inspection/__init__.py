"""What a device holds at an instant, in words: read from it, never from an engine."""
