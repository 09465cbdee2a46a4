"""A prepayment display: shows credit, takes top-up codes and emergency credit for both meters.

Sources: ZigBee Smart Energy Standard (07-5356), section D.7; Pipit 500 customer guides (emergency
credit from its screen; top-up results in the words of the Liberty 100). A code for the ESME goes to
it; one for the sleeping gas meter goes to the hub, which keeps it in the gas mirror until the next
poll [M]: the customer may wait for half an hour, and the screen says so. One on batteries polls its
parent (`poller.py`), fast after a key was pressed.
"""

import enum
from dataclasses import dataclass

from typing_extensions import override

from hanbench.emulator.device import Output, Packet
from hanbench.emulator.displays.display import DisplaySetup
from hanbench.emulator.displays.display_device import DisplayDevice
from hanbench.emulator.displays.readings import pounds
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters import messaging, metering, prepayment
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.prepayment import (
    ConsumerTopUp,
    ConsumerTopUpResponse,
    OriginatingDevice,
    SelectEmergencyCredit,
    TopUpResult,
)
from hanbench.protocol.zigbee.zcl import FrameType, ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse

CODE_DIGITS = 20
CODE_DIGITS_MAX = 60
ISSUED_NOW = 0
"""As the time of a request: at once (SE D.7)."""
REARM_WINDOW_US = 30 * SECOND_US
"""How long after A the PPMID still takes B, as the meter itself does (Liberty 100 manual)."""
ENTER = "ENTER"
BACKSPACE = "<"
INCOMPLETE = "Incomplete"
TOP_UP_WORDS: dict[TopUpResult, str] = {
    TopUpResult.ACCEPTED: "Accepted",
    TopUpResult.REJECTED_INVALID: "Invalid",
    TopUpResult.REJECTED_DUPLICATE: "Duplicate",
    TopUpResult.REJECTED_ERROR: "Incorrect",
    TopUpResult.REJECTED_MAX_CREDIT_REACHED: "Account High",
    TopUpResult.REJECTED_KEYPAD_LOCKED: "Key Locked",
    TopUpResult.REJECTED_TOO_LARGE: "Account Low",
}
"""The words of the Liberty 100 (manual); which result stands for which is `meters/commands.py`'s
choice [M]."""


class Asked(enum.IntEnum):
    """The command numbers that a default response can be about."""

    EMERGENCY_CREDIT = 0x00
    TOP_UP = 0x04
    CHANGE_SUPPLY = 0x0C
    """Of the Metering cluster."""


class Waiting(enum.Enum):
    """What the screen says about the last thing that the customer did."""

    NOTHING = ""
    SENT = "sent, waiting for meter"
    MIRRORED = "sent, gas meter answers within 30 min"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_DIGITS = "incorrect"
    NO_METER = "no meter"
    NO_SCREEN = "no top-up screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpShown:
    """A top-up result on the screen."""

    fuel: Fuel
    result: TopUpResult
    value_pence: int
    credit_pence: int


class Ppmid(DisplayDevice):
    """A prepayment interface device."""

    def __init__(self, name: str, eui64: Eui64, *, setup: DisplaySetup) -> None:
        super().__init__(name, eui64, setup=setup)
        self._takes_codes = setup.takes_codes
        self.last_top_up: TopUpShown | None = None
        self.top_up: dict[Fuel, Waiting] = {}
        self.emergency: dict[Fuel, Waiting] = {}
        self.rearming: Waiting | None = None
        """What became of closing an armed supply; None: nobody tried."""
        self.typed = ""
        self._entered = 0
        """How many digits the last code had."""
        self._a_pressed_at: Instant | None = None

    def press(self, key: str, now: Instant, fuel: Fuel = Fuel.ELECTRICITY) -> list[Output]:
        """Press one key: a digit, `<` to take the last one back, or `ENTER`."""
        if key == ENTER:
            digits, self.typed = self.typed, ""
            return self.enter_code(digits, now, fuel)
        if key == BACKSPACE:
            self.typed = self.typed[:-1]
        elif key.isascii() and key.isdigit() and len(key) == 1:
            self.typed = (self.typed + key)[:CODE_DIGITS_MAX]
        return []

    def press_a(self, now: Instant) -> list[Output]:
        """Press A: the first half of closing an armed supply."""
        self._a_pressed_at = now
        return []

    def press_b(self, now: Instant) -> list[Output]:
        """Press B: within 30 s of A it asks the ESME to close its armed supply.

        A gas supply is closed at the meter alone, where the tap is seen (Liberty 100 manual).
        """
        pressed_at, self._a_pressed_at = self._a_pressed_at, None
        meter, _ = self._unit.home_of(Fuel.ELECTRICITY)
        if meter is None or pressed_at is None or now - pressed_at > REARM_WINDOW_US:
            return []
        frame = metering.COMMANDS.encode(
            metering.LocalChangeSupply(metering.SupplyStatus.ON),
            sequence=self._unit.sender.next_sequence(),
            disable_default_response=False,
        )
        packet = self._unit.sender.frame(meter, ClusterId.METERING, frame, kind="rearm")
        self.rearming = Waiting.SENT
        sent = self._unit.send([packet], now)
        self._rearm()
        return sent

    def confirm_message(self, now: Instant) -> list[Output]:
        """Press the key under a text: it is confirmed to the hub, and leaves the screen."""
        message = self.notices.message
        if message is None:
            return []
        self.notices.message = None
        utc = max(0, time_cluster.from_unix(self._setup.utc_s(now)))
        command = messaging.MessageConfirmation(message.message_id, utc)
        packet = self._unit.sender.command(
            self._setup.hub, ClusterId.MESSAGING, command, kind="confirmation"
        )
        sent = self._unit.send([packet], now)
        self._rearm()
        return sent

    def enter_code(self, digits: str, now: Instant, fuel: Fuel = Fuel.ELECTRICITY) -> list[Output]:
        """Type a top-up code for a meter; whether it is any good, the meter says."""
        if not (digits.isascii() and digits.isdigit() and len(digits) <= CODE_DIGITS_MAX):
            self.top_up[fuel] = Waiting.NOT_DIGITS
            return []
        self._entered = len(digits)
        command = ConsumerTopUp(OriginatingDevice.IN_HOME_DISPLAY, digits.encode("ascii"))
        outputs, self.top_up[fuel] = self._ask(fuel, command, now)
        return outputs

    def select_emergency_credit(self, now: Instant, fuel: Fuel = Fuel.ELECTRICITY) -> list[Output]:
        """Press the key for emergency credit."""
        command = SelectEmergencyCredit(ISSUED_NOW, OriginatingDevice.IN_HOME_DISPLAY)
        outputs, self.emergency[fuel] = self._ask(fuel, command, now)
        return outputs

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self.last_top_up = None
        self.top_up, self.emergency = {}, {}
        self.rearming, self.typed, self._a_pressed_at = None, "", None
        return super().restart(now, because)

    def face(self) -> tuple[str, ...]:
        """Return the lines that it shows."""
        lines = list(self._unit.face())
        for fuel in Fuel:
            for what, shown in (("top-up", self.top_up), ("emergency credit", self.emergency)):
                if fuel in shown:
                    lines.append(f"{fuel.value} {what}: {shown[fuel].value}")
        if self.last_top_up is not None:
            lines.append(_top_up_line(self.last_top_up))
        return tuple(lines) or ("waiting for meter",)

    @override
    def _more_lines(self) -> tuple[str, ...]:
        lines = [f"code {self.typed}"] if self.typed else []
        for fuel, waiting in self.top_up.items():
            shown = self.last_top_up
            is_judged = waiting in (Waiting.ACCEPTED, Waiting.REFUSED)
            is_told = is_judged and shown is not None and shown.fuel is fuel
            words = self._words(shown.result) if is_told and shown else waiting.value
            lines.append(f"{fuel.value[:4]} top-up: {words}")
        for fuel, waiting in self.emergency.items():
            lines.append(f"{fuel.value[:4]} emergency credit: {waiting.value}")
        if self.rearming is not None:
            lines.append(f"A then B: {self.rearming.value}")
        return tuple(lines)

    def _words(self, result: TopUpResult) -> str:
        is_whole = self._entered % CODE_DIGITS == 0
        is_error = result is TopUpResult.REJECTED_ERROR
        # The standard's error stands for both words: which of them, the display knows by itself.
        return INCOMPLETE if is_error and not is_whole else TOP_UP_WORDS[result]

    def _ask(
        self, fuel: Fuel, command: ConsumerTopUp | SelectEmergencyCredit, now: Instant
    ) -> tuple[list[Output], Waiting]:
        if not self._takes_codes:
            return [], Waiting.NO_SCREEN
        target, endpoint = self._unit.home_of(fuel)
        if target is None:
            return [], Waiting.NO_METER
        frame = prepayment.COMMANDS.encode(
            command, sequence=self._unit.sender.next_sequence(), disable_default_response=False
        )
        packet = self._unit.sender.frame(
            target, ClusterId.PREPAYMENT, frame, kind="top-up", endpoints=(1, endpoint)
        )
        sent = self._unit.send([packet], now)
        self._rearm()
        return sent, Waiting.MIRRORED if fuel is Fuel.GAS else Waiting.SENT

    @override
    def _take(self, packet: Packet, now: Instant) -> None:
        fuel = self._unit.fuel_of(packet)
        if fuel is Fuel.ELECTRICITY and packet.cluster == ClusterId.METERING:
            self._take_rearmed(packet)
        if fuel is None or packet.cluster != ClusterId.PREPAYMENT:
            return
        match _answer_in(packet):
            case ConsumerTopUpResponse() as response:
                self._show_top_up(fuel, response, now)
            case DefaultResponse(command_id=Asked.EMERGENCY_CREDIT, status=status):
                is_done = status is ZclStatus.SUCCESS
                self.emergency[fuel] = Waiting.ACCEPTED if is_done else Waiting.REFUSED
            case DefaultResponse(command_id=Asked.TOP_UP):
                # Not what became of the code: the hub or the meter could not take it at all.
                self.top_up[fuel] = Waiting.REFUSED
            case _:
                pass

    def _take_rearmed(self, packet: Packet) -> None:
        match _answer_in(packet) if self.rearming is Waiting.SENT else None:
            case DefaultResponse(command_id=Asked.CHANGE_SUPPLY, status=status):
                is_done = status is ZclStatus.SUCCESS
                self.rearming = Waiting.ACCEPTED if is_done else Waiting.REFUSED
            case _:
                pass

    def _show_top_up(self, fuel: Fuel, response: ConsumerTopUpResponse, now: Instant) -> None:
        is_accepted = response.result is TopUpResult.ACCEPTED
        self.top_up[fuel] = Waiting.ACCEPTED if is_accepted else Waiting.REFUSED
        self.last_top_up = TopUpShown(
            fuel=fuel,
            result=response.result,
            value_pence=response.value,
            credit_pence=response.credit_remaining,
        )
        self._unit.update(fuel, now, credit_pence=response.credit_remaining)


def _answer_in(packet: Packet) -> prepayment.Command | zcl_general.GeneralCommand | None:
    try:
        frame = zcl.decode(packet.payload)
        if frame.frame_type is FrameType.GENERAL:
            return zcl_general.decode(frame)
        return prepayment.COMMANDS.decode(frame)
    except DecodeError:
        return None


def _top_up_line(shown: TopUpShown) -> str:
    words = shown.result.name.lower().replace("_", " ")
    added = f" {pounds(shown.value_pence)}" if shown.result is TopUpResult.ACCEPTED else ""
    return f"{shown.fuel.value}: {words}{added}, credit {pounds(shown.credit_pence)}"
