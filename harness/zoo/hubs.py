"""Communications hubs and an SMSO with one mistake each."""

from typing_extensions import override

from hanbench.emulator.device import Output
from hanbench.emulator.events import Recorder
from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.hub.downlink import Downlink
from hanbench.emulator.hub.gas_mirror import (
    Cancellation,
    CancelResult,
    GasMirror,
    Held,
    MirrorParameters,
)
from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.emulator.node.trust_centre.join_table import MemberKind
from hanbench.emulator.parties import smso_operations as of
from hanbench.emulator.parties.accounts import Account
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.parties.utrn_period import CUT_OVER, Phase, Routes
from hanbench.harness.parts import Parts
from hanbench.harness.zoo.specimen import faulty_part
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.wan import Envelope

MIRROR = "domain/10.8-mirror"
MEMBERSHIP = "domain/10.8-han-membership"
TOO_SHORT_US = 48 * HOUR_US


class _KeepsWhatItCancelled(GasMirror):
    @override
    def cancel(self, message_id: int, now: Instant) -> CancelResult:
        copies = [held for held in self.waiting if held.message_id == message_id]
        if not copies:
            return super().cancel(message_id, now)
        self._note(message_id, Cancellation.CANCELLED.value, now)
        return CancelResult(Cancellation.CANCELLED, len(copies))


@faulty_part(
    case="secure/rotation-fetched-late[cancelled-in-time]",
    finding="delivered-after-cancel",
    clause=MIRROR,
)
def cancels_in_words_alone() -> Parts:
    """The hub answers that a buffered Instruction is cancelled, and hands it out all the same."""
    return Parts(mirror=_KeepsWhatItCancelled)


class _OffersWhatHasExpired(GasMirror):
    def __init__(
        self, device: str, parameters: MirrorParameters, installation: str, record: Recorder
    ) -> None:
        super().__init__(device, parameters, installation, record)
        self._reported: dict[int, Instant] = {}

    @property
    @override
    def next_expiry(self) -> Instant | None:
        ahead = [one.expires_at for one in self.waiting if one.sequence not in self._reported]
        return min(ahead, default=None)

    @override
    def expire(self, now: Instant) -> tuple[Held, ...]:
        due = [one for one in self.waiting if one.expires_at <= now]
        stale = tuple(one for one in due if one.sequence not in self._reported)
        for held in stale:
            self._reported[held.sequence] = now
            self._note(held.message_id, "expired", now)
        return stale


@faulty_part(
    case="secure/active-resubmitted-by-supplier[after-limited-roll-back]",
    finding="delivered-after-expiry",
    clause=MIRROR,
)
def hands_out_what_has_expired() -> Parts:
    """The mirror reports an Instruction as expired, and the meter applies it a day later."""
    return Parts(mirror=_OffersWhatHasExpired)


class _MixesTheMetersUp(CommsHub):
    @override
    def _for_meter(
        self, link: Downlink, envelope: Envelope, octets: bytes, now: Instant
    ) -> list[Output]:
        others = [self._downlinks.of(one.eui64) for one in self.joined.members]
        listening = [one for one in others if one is not None and one.mirror is None]
        wrong = listening[0] if link.mirror is not None and listening else link
        return super()._for_meter(wrong, envelope, octets, now)


@faulty_part(case="secure/clean-two-fuel", finding="delivered-to-another", clause=MIRROR)
def delivers_to_the_wrong_meter() -> Parts:
    """What waits for the gas meter is handed to the electricity meter, which listens."""
    return Parts(hub=_MixesTheMetersUp)


class _Evicts(CommsHub):
    @override
    def put_in_charge(self, head_end: Eui64) -> None:
        super().put_in_charge(head_end)
        for member in self.joined.members:
            if member.kind is MemberKind.THIRD_PARTY:
                self.joined.unjoin(member.eui64)


@faulty_part(
    case="secure/third-party-served-throughout",
    finding="third-party-unserved",
    clause=MEMBERSHIP,
)
def evicts_what_the_consumer_bought() -> Parts:
    """When the account moves, the hub drops whatever stands in no inventory."""
    return Parts(hub=_Evicts)


class _EndsThePeriodEarly(Smso):
    @override
    def _routes(self, asked: of.TopUp, now: Instant) -> Routes:
        started_at = self._setup.utrn_period_started_at(asked.installation, asked.device)
        account = self._setup.accounts.account(asked.installation)
        if account is Account.DCC and started_at is not None and now - started_at > TOO_SHORT_US:
            return CUT_OVER[Phase.DCC_ONLY]
        return super()._routes(asked, now)


@faulty_part(
    case="secure/top-up-through-the-utrn-period",
    finding="party-at-fault",
    clause="seed0/utrn-cutover",
)
def ends_the_utrn_period_after_48_hours() -> Parts:
    """The SMSO takes top-ups for 48 hours of the UTRN Period, in place of 336."""
    return Parts(smso=_EndsThePeriodEarly)
