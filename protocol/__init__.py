"""Bytes to messages and back: no clock, no I/O, no randomness."""

if __name__ != "hanbench.protocol":
    raise ImportError(
        "import hanbench.protocol, not protocol: a second copy of every class would load"
    )
