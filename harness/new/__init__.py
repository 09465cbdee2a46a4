"""The starting files that `hanbench new` writes."""
