"""The head-end side of a hub: who may speak to it, and what it sends of its own accord.

Modelled [M] (domain.md 10.2, 10.8). The hub holds the transport keys of its home's devices, one
for each head-end, and drops what does not verify before it reaches the HAN; the device checks
again. Its own answers and alerts go under its own transport key.
"""

from dataclasses import dataclass

from hanbench.emulator.device import WanSend
from hanbench.emulator.events import AlertRaised, LogWritten, Recorder
from hanbench.emulator.fates import Cause, Leg
from hanbench.emulator.instant import Instant
from hanbench.protocol import hub_command, wan
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.hub_command import Alert, HubAnswer
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyStore, KeyUsage
from hanbench.protocol.wan import Envelope, EnvelopeKind

NOT_TRUSTED = 0x8F3D
UNAUTHORISED_ACCESS = 0x8F3E
BAD_FORMAT = 0x8F1E
NOT_RETRIEVED = 0x819D
MEANINGS = {
    NOT_TRUSTED: "trusted source authentication failure",
    UNAUTHORISED_ACCESS: "unauthorised communication access attempted",
    BAD_FORMAT: "integrity or format check of a command failed",
    NOT_RETRIEVED: "GSME command not retrieved",
}
"""Codes that a hub raises (domain.md 3.3)."""
TEXT_OCTETS_MAX = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class WanSetup:
    """Who a hub is to its head-ends."""

    name: str
    eui64: Eui64
    installation: str
    keys: KeyStore
    head_ends: tuple[Eui64, ...]
    """Those that may command; the first is in charge at the start."""
    record: Recorder


class HubWan:
    """Reads what comes down, and frames what the hub itself sends up."""

    def __init__(self, setup: WanSetup) -> None:
        self.in_charge = setup.head_ends[0]
        """Where unasked alerts go; an account move changes it."""
        self._setup = setup
        self.arrived: list[tuple[Instant, bytes]] = []
        """All that came down so far, for whoever judges what the hub made of it."""
        # A counter that identifies and does not order, kept over restarts.
        self._counter = 0

    def open(self, octets: bytes, now: Instant) -> tuple[Envelope | None, list[WanSend]]:
        """Return the envelope if it is one and its MAC verifies, with the alerts if not."""
        self.arrived.append((now, octets))
        try:
            return self._verified(octets), []
        except DecodeError as error:
            self.log(BAD_FORMAT, str(error), now)
            return None, []
        except SecurityError as error:
            return None, self.alert(NOT_TRUSTED, str(error), self.in_charge, now)

    def answer(self, asked: Envelope, answer: HubAnswer) -> WanSend:
        """Frame the answer to a hub command."""
        cause = Cause(self._setup.name, asked.message_id, Leg.REPLY)
        payload = hub_command.encode_answer(answer)
        return WanSend(
            self._frame(EnvelopeKind.HUB_ANSWER, asked.originator, asked.message_id, payload),
            cause,
        )

    def alert(self, code: int, detail: str, head_end: Eui64, now: Instant) -> list[WanSend]:
        """Raise an alert, and frame it for a head-end if a key is shared with it."""
        text = _text(code, detail)
        self._setup.record(
            AlertRaised(now, self._setup.installation, self._setup.name, f"{code:04X}", text)
        )
        payload = hub_command.encode_alert(Alert(code, text))
        try:
            return [WanSend(self._frame(EnvelopeKind.ALERT, head_end, 0, payload))]
        except SecurityError:
            return []

    def log(self, code: int, detail: str, now: Instant) -> None:
        """Write a line into the hub's security log."""
        self._setup.record(
            LogWritten(
                now,
                self._setup.installation,
                self._setup.name,
                "security",
                f"{code:04X}",
                _text(code, detail),
            )
        )

    def _verified(self, octets: bytes) -> Envelope:
        envelope = wan.decode(octets)
        if envelope.originator not in self._setup.head_ends:
            raise SecurityError("the originator is no head-end of this hub")
        key = self._setup.keys.key(envelope.target, KeyUsage.TRANSPORT, peer=envelope.originator)
        return wan.verify(octets, key)

    def _frame(self, kind: EnvelopeKind, head_end: Eui64, message_id: int, payload: bytes) -> bytes:
        key = self._setup.keys.key(self._setup.eui64, KeyUsage.TRANSPORT, peer=head_end)
        self._counter += 1
        envelope = Envelope(
            kind=kind,
            originator=self._setup.eui64,
            target=head_end,
            # Nobody answers an alert; its counter tells it from the next one.
            message_id=message_id or self._counter,
            originator_counter=self._counter,
            payload=payload,
        )
        return wan.encode(envelope, key)


def _text(code: int, detail: str) -> str:
    meaning = MEANINGS.get(code, "")
    text = f"{meaning}: {detail}" if meaning and detail else meaning or detail
    return text.encode()[:TEXT_OCTETS_MAX].decode(errors="ignore")
