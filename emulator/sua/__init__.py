"""The SUA side of a meter: its gate, what it remembers of its key, and the rotation of the key."""
