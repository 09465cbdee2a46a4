"""Shrinking: from a case that fails to the smallest one that still fails in the same way."""
