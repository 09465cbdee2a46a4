"""JSON that is the same in every process, for traces and for comparing."""

import json
from collections.abc import Mapping


def canonical(value: Mapping[str, object]) -> str:
    """Return JSON with its keys in order and no space that is not needed."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
