"""Builds a home as a scenario finds it: devices, nodes, displays, keys and habits."""
