"""The engine under test: the port it is driven through, and the reference engine."""
