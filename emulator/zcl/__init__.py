"""The Smart Energy application layer that every device of a HAN has: serving, asking, reporting."""
