"""Explains octets to a person: named fields beside the hex, layer by layer."""
