"""What the S1SP reads out of a verified envelope.

Source: modelled [M]: HAN-WAN-M1 (`protocol.wan`) and the payloads that a device or a hub sends up.
"""

from hanbench.emulator.parties import s1sp_operations as of
from hanbench.protocol import answer, hub_command
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.hub_command import (
    BadInstallCode,
    Buffered,
    Cancelled,
    HubAnswer,
    Logged,
    NotFound,
    TooLate,
    Unlogged,
)
from hanbench.protocol.wan import Envelope, EnvelopeKind


def read_envelope(envelope: Envelope, installation: str, device: str) -> of.Opened:
    """Read the payload by the envelope's kind; raise `DecodeError` for one that never goes up."""
    match envelope.kind:
        case EnvelopeKind.ANSWER:
            message = answer.decode(envelope.payload)
            return of.Opened(
                kind="answer",
                installation=installation,
                device=device,
                message_id=envelope.message_id,
                answer=envelope.payload.hex(),
                outcome=message.outcome.words,
                payload=message.payload.hex(),
            )
        case EnvelopeKind.HUB_ANSWER:
            return of.Opened(
                kind="hub-answer",
                installation=installation,
                device=device,
                message_id=envelope.message_id,
                hub_answer=_hub_answer(hub_command.decode_answer(envelope.payload)),
            )
        case EnvelopeKind.ALERT:
            alert = hub_command.decode_alert(envelope.payload)
            return of.Opened(
                kind="alert",
                installation=installation,
                device=device,
                message_id=envelope.message_id,
                alert=of.OpenedAlert(code=f"{alert.code:04X}", text=alert.text),
            )
        case EnvelopeKind.INSTRUCTION | EnvelopeKind.HUB_COMMAND:
            raise DecodeError(f"{envelope.kind.words} goes down, not up", field="envelope.kind")


def _hub_answer(message: HubAnswer) -> of.OpenedHubAnswer:
    match message:
        case Cancelled(count=count):
            return of.OpenedHubAnswer(result="cancelled", cancelled=count)
        case TooLate():
            return of.OpenedHubAnswer(result="too-late")
        case NotFound():
            return of.OpenedHubAnswer(result="not-found")
        case Buffered(message_ids=message_ids):
            return of.OpenedHubAnswer(result="buffered", message_ids=message_ids)
        case Logged():
            return of.OpenedHubAnswer(result="logged")
        case Unlogged():
            return of.OpenedHubAnswer(result="unlogged")
        case BadInstallCode():
            return of.OpenedHubAnswer(result="bad-install-code")
