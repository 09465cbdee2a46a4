"""The zoo: engines and devices with one realistic mistake each, to test what the bench catches.

Nothing of the bench imports it (import-linter holds that): `hanbench zoo` finds it by its name, as
it finds a user's own engine. What the bench is worth is what it sees in code that it does not know.
"""
