"""Opens sealed payloads with whichever known key fits, and says which one it was."""

from collections.abc import Callable

from hanbench.harness.dissection.keys import KeyTable
from hanbench.harness.dissection.tree import Layer, Node
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee.security import MIC_OCTETS


def unsealed(
    layer: Layer, keys: KeyTable, usage: KeyUsage, opens: Callable[[Key], bytes]
) -> bytes | None:
    """Return the payload in clear, and note under which key; None, with an error, if none fits."""
    candidates = keys.of(usage)
    reason = f"no {usage.value} key is known"
    for one in candidates:
        try:
            clear = opens(one.key)
        except SecurityError as error:
            reason = (
                f"{error}, nor under any other of {len(candidates)}: wrong key, or a damaged frame?"
            )
            continue
        keys.prefer(one)
        layer.notes.append(f"opened with the {usage.value} key {one.label!r}")
        return clear
    layer.error = f"the payload stays sealed: {reason}"
    return None


def mic(data: bytes, at: int) -> Node:
    """Return the field of the MIC at the end of sealed octets that begin at an octet of a frame."""
    end = at + len(data)
    return Node(
        name="MIC",
        text=data[-MIC_OCTETS:].hex(),
        start=max(at, end - MIC_OCTETS),
        end=end,
        octets=data[-MIC_OCTETS:],
    )
