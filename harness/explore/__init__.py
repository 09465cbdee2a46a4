"""Exploration: every fault point of a run, every kind of fault there, judged by the truth."""
