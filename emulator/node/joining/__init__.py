"""How a node comes onto a network, gets its keys, moves with it, and leaves."""
