"""Exchanges recorded in the field: read, held against the rules, and told to an emulated device.

entries    what was recorded, whatever the file's format
text_log, trace_log, capture_log   the three formats; `reading` tells them apart
dialogue   who was asked what, and what the answer was
rules      what a log alone can decide
driving    the emulated device, fed with the log
"""
