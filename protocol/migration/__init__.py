"""The files of a migration: synthetic layouts, since the real ones are not public."""
