"""Gives each run of one capture a PAN of its own, and moves frames there.

A case draws its PAN by its own name, so that its frames are the same whatever runs beside it; two
of many cases may well draw the same one. But Wireshark keeps keys and addresses by PAN. So a run
that comes second to a PAN is moved to the next free one, in the order of the runs, which is the
order of their names. No MIC covers a PAN: it stands in the MAC header alone (802.15.4 5.2.1), so
only two or four octets and the FCS change, and a reader sees the same traffic.
"""

from collections.abc import Iterable, Mapping

from hanbench.harness.errors import HarnessError
from hanbench.protocol.identifiers import PanId
from hanbench.protocol.ieee802154 import FCS_OCTETS, fcs

PAN_LAST = 0xFFFE
"""0xFFFF is the broadcast PAN."""

_TARGET_AT = 3
_ADDRESS_OCTETS = (0, 0, 2, 8)
_COMPRESSION = 0x40


Pans = Mapping[PanId, PanId]
"""Where the PANs of one run are in a capture, by those that it had."""


class PanAllotment:
    """The PANs that are taken in one capture."""

    def __init__(self, taken: Iterable[PanId] = ()) -> None:
        self._taken: set[PanId] = set(taken)

    def allot(self, wanted: PanId) -> PanId:
        """Return the PAN if it is free, or the next free one after it.

        Raises:
            HarnessError: all 65,534 are taken.
        """
        if len(self._taken) >= PAN_LAST:
            raise HarnessError(f"more than {PAN_LAST} runs in one capture: no PAN is left")
        pan = wanted
        while pan in self._taken:
            pan = PanId(pan % PAN_LAST + 1)
        self._taken.add(pan)
        return pan


def moved(frame: bytes, pans: Pans) -> bytes:
    """Return a frame with its FCS as it would have been sent on other PANs.

    A frame that was damaged on the air stays damaged in the same way: the CRC is linear.
    """
    if all(old == new for old, new in pans.items()) or len(frame) < _TARGET_AT + 2 + FCS_OCTETS:
        return frame
    body = bytearray(frame[:-FCS_OCTETS])
    for at in _pan_places(frame):
        drawn = PanId(int.from_bytes(body[at : at + 2], "little"))
        body[at : at + 2] = pans.get(drawn, drawn).to_bytes(2, "little")
    was, is_now, sent = fcs(frame[:-FCS_OCTETS]), fcs(bytes(body)), frame[-FCS_OCTETS:]
    return bytes(body) + bytes(a ^ b ^ c for a, b, c in zip(was, is_now, sent, strict=True))


def _pan_places(frame: bytes) -> list[int]:
    target = _ADDRESS_OCTETS[frame[1] >> 2 & 3]
    source = _ADDRESS_OCTETS[frame[1] >> 6 & 3]
    places = [_TARGET_AT] if target else []
    if source and not frame[0] & _COMPRESSION:
        places.append(_TARGET_AT + (2 + target if target else 0))
    return places
