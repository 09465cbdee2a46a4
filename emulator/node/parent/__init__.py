"""What a router does for those who join through it, or sleep behind it."""
