"""The reference migration engine."""
