"""The organisations around the home, each a catalogue of operations."""
