"""The faults of a scenario file: one entry type for each thing that can go wrong.

Each knows at which kind of fault point it makes sense, so that `power-cut` at a WAN packet is
refused by the file and not found out by a case that proves nothing.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic import model_validator as validates

from hanbench.emulator.durations import format_duration, parse_duration
from hanbench.harness.faults.plan import Fault, FaultKind
from hanbench.harness.faults.point_grammar import PointKind, parse_point
from hanbench.harness.files.file_fields import DURATION_SCHEMA, Duration, Entry, Name

FOREVER = "forever"


def _carried(text: str) -> str:
    return _of_kind(text, PointKind.CARRIED)


def _committed(text: str) -> str:
    return _of_kind(text, PointKind.COMMITTED)


def _called(text: str) -> str:
    return _of_kind(text, PointKind.CALLED)


def _journalled(text: str) -> str:
    return _of_kind(text, PointKind.JOURNALLED)


def _of_kind(text: str, kind: PointKind) -> str:
    if parse_point(text).kind is not kind:
        raise ValueError(f"{text!r}: this fault strikes {kind.value}")
    return text


def _stretch(text: object) -> int | None:
    return None if text == FOREVER else parse_duration(text)


def _format_stretch(duration_us: int | None) -> str:
    return FOREVER if duration_us is None else format_duration(duration_us)


CarriedPoint = Annotated[str, AfterValidator(_carried)]
CommitPoint = Annotated[str, AfterValidator(_committed)]
CallPoint = Annotated[str, AfterValidator(_called)]
JournalPoint = Annotated[str, AfterValidator(_journalled)]
Stretch = Annotated[
    int | None,
    BeforeValidator(_stretch),
    PlainSerializer(_format_stretch, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [DURATION_SCHEMA, {"const": FOREVER}]}),
]
Cut = Literal["before", "torn", "after"]
ErrorCode = Annotated[str, Field(pattern="^[A-Z][A-Z0-9_]*$")]


class DropFault(Entry):
    """The packet is lost."""

    does: Literal["drop"]
    at: CarriedPoint = Field(description="a fault point")


class DelayFault(Entry):
    """The packet comes later."""

    does: Literal["delay"]
    at: CarriedPoint = Field(description="a fault point")
    by_us: Duration = Field(alias="by", description="a duration, such as 3h")


class DuplicateFault(Entry):
    """A second copy comes as well."""

    does: Literal["duplicate"]
    at: CarriedPoint = Field(description="a fault point")
    by_us: Duration = Field(
        default=0, alias="by", description="how much later the second copy comes"
    )


class CorruptFault(Entry):
    """A bit of the packet flips on its way."""

    does: Literal["corrupt"]
    at: CarriedPoint = Field(description="a fault point")


class CorruptPastMacFault(Entry):
    """A bit of the payload flips before it is sealed: the MACs verify, and the SUA code does not.

    At `.../request/wan` on its way out of the S1SP, at `.../reply/before-send` in the meter.
    """

    does: Literal["corrupt-past-mac"]
    at: CarriedPoint = Field(description="a fault point at which an envelope is sealed")

    @validates(mode="after")
    def _is_where_it_is_sealed(self) -> Self:
        if not self.at.endswith(("/request/wan", "/reply/before-send")):
            raise ValueError(
                "an envelope is sealed as it is sent, at .../request/wan or .../reply/before-send"
            )
        return self


class ReorderFault(Entry):
    """The next envelope of its direction overtakes it."""

    does: Literal["reorder"]
    at: CarriedPoint = Field(description="a fault point on the WAN")

    @validates(mode="after")
    def _is_on_the_wan(self) -> Self:
        if not self.at.endswith("/wan"):
            raise ValueError("only what is on the WAN can be overtaken, at .../wan")
        return self


class TruncateFault(Entry):
    """The second half of the packet is missing."""

    does: Literal["truncate"]
    at: CarriedPoint = Field(description="a fault point")


class RestartFault(Entry):
    """A device loses power and has it back at once: what is volatile is gone."""

    does: Literal["restart"]
    of: Name = Field(description="the name of a device")
    at: CarriedPoint = Field(description="a fault point")


class BatteryEndFault(Entry):
    """The battery of a device ends: it is dark for good."""

    does: Literal["battery-end"]
    of: Name = Field(description="the name of a device")
    at: CarriedPoint = Field(description="a fault point")


class PowerOffFault(Entry):
    """A device that is no meter and no hub has no power, and begins anew when it has it again."""

    does: Literal["power-off"]
    of: Name = Field(description="the name of a device")
    at: CarriedPoint = Field(description="a fault point")
    for_us: Stretch = Field(default=None, alias="for")


class LockOutFault(Entry):
    """Somebody sends a meter as many wrong SUA codes as it takes to lock it."""

    does: Literal["lock-out"]
    of: Name = Field(description="the name of a meter")
    at: CarriedPoint = Field(description="a fault point")


class StuckCounterFault(Entry):
    """A device's frame counters stand still until it restarts: its frames are taken for replays."""

    does: Literal["stuck-counter"]
    of: Name = Field(description="the name of a device")
    at: CarriedPoint = Field(description="a fault point")


class ClockJumpFault(Entry):
    """The clock of a meter or of the hub jumps; its lock-out and its mirror go by that clock."""

    does: Literal["clock-jump"]
    of: Name = Field(description="the name of a meter or of the hub")
    at: CarriedPoint = Field(description="a fault point")
    when: Literal["ahead", "back"] = "ahead"
    by_us: Duration = Field(alias="by", description="a duration, such as 26h")


class ClockSkewFault(Entry):
    """The clock of a meter or of the hub runs fast or slow, for two weeks."""

    does: Literal["clock-skew"]
    of: Name = Field(description="the name of a meter or of the hub")
    at: CarriedPoint = Field(description="a fault point")
    when: Literal["ahead", "back"] = "ahead"
    by_us: Duration = Field(alias="by", description="what it gains or loses in a day, such as 1h")


class PartitionFault(Entry):
    """A device, or the WAN, is cut off: when a point is passed, or at an instant."""

    does: Literal["partition"]
    of: Name = Field(description="the name of a device, or wan")
    at: CarriedPoint | None = Field(default=None, description="a fault point")
    for_us: Stretch = Field(default=None, alias="for")
    from_us: Duration | None = Field(default=None, alias="from")
    until_us: Duration | None = Field(default=None, alias="until")

    @validates(mode="after")
    def _begins_once(self) -> Self:
        if (self.at is None) == (self.from_us is None):
            raise ValueError("a partition needs either `at` (a fault point) or `from` (an instant)")
        _check_begin("a partition", self.at, self.from_us, self.until_us, None)
        return self


class PowerCutFault(Entry):
    """Power fails at an NVM commit, and the device restarts."""

    does: Literal["power-cut"]
    at: CommitPoint = Field(description="a fault point")
    when: Cut


class CrashFault(Entry):
    """The engine is killed at a journal write."""

    does: Literal["crash"]
    at: JournalPoint = Field(description="a fault point")
    when: Cut


class FailFault(Entry):
    """A party answers with an error."""

    does: Literal["fail"]
    at: CallPoint = Field(description="a fault point")
    error: ErrorCode = "UNAVAILABLE"


class NeverFault(Entry):
    """A party never answers."""

    does: Literal["never"]
    at: CallPoint = Field(description="a fault point")


class LateFault(Entry):
    """A party answers late."""

    does: Literal["late"]
    at: CallPoint = Field(description="a fault point")
    by_us: Duration = Field(alias="by", description="a duration, such as 3h")


class TwiceFault(Entry):
    """A party is asked twice, as by a repeated request, and the engine hears one of the results."""

    does: Literal["twice"]
    at: CallPoint = Field(description="a fault point")
    heard: Literal["first", "second"] = "first"


class SecondEngineFault(Entry):
    """A second engine is started for the Installation by mistake, beside the one at work."""

    does: Literal["second-engine"]
    at: JournalPoint = Field(description="a fault point")


class SilenceFault(Entry):
    """What a device sends by itself is lost: from a point on, or from an instant until another."""

    does: Literal["silence"]
    of: Name = Field(description="the name of a device")
    at: CarriedPoint | None = Field(default=None, description="a fault point")
    for_us: Stretch = Field(default=None, alias="for")
    from_us: Duration | None = Field(default=None, alias="from")
    until_us: Duration | None = Field(default=None, alias="until")

    @validates(mode="after")
    def _begins_once(self) -> Self:
        _check_begin("a silence", self.at, self.from_us, self.until_us, self.for_us)
        return self


class UnavailableFault(Entry):
    """A party refuses every call: from one on, or from an instant until another."""

    does: Literal["unavailable"]
    party: Name = Field(description="the name of a party, such as DCO")
    at: CallPoint | None = Field(default=None, description="a fault point: a call to this party")
    for_us: Stretch = Field(default=None, alias="for")
    from_us: Duration | None = Field(default=None, alias="from")
    until_us: Duration | None = Field(default=None, alias="until")
    error: ErrorCode = "UNAVAILABLE"

    @validates(mode="after")
    def _begins_once(self) -> Self:
        _check_begin("it", self.at, self.from_us, self.until_us, self.for_us)
        if self.at is not None and f"/party/{self.party}/" not in self.at:
            raise ValueError(f"{self.at} is no call to {self.party}")
        return self


FaultEntry = Annotated[
    DropFault
    | DelayFault
    | DuplicateFault
    | CorruptFault
    | CorruptPastMacFault
    | ReorderFault
    | TruncateFault
    | PartitionFault
    | PowerCutFault
    | CrashFault
    | FailFault
    | NeverFault
    | LateFault
    | TwiceFault
    | SecondEngineFault
    | SilenceFault
    | RestartFault
    | BatteryEndFault
    | PowerOffFault
    | LockOutFault
    | StuckCounterFault
    | ClockJumpFault
    | ClockSkewFault
    | UnavailableFault,
    Field(discriminator="does"),
]


def to_fault(entry: FaultEntry) -> Fault:
    """Turn an entry of a file into the fault that a fault plan takes."""
    given = {name: value for name, value in entry.model_dump().items() if value is not None}
    if entry.does in ("silence", "unavailable") and "at" not in given:
        given.setdefault("from_us", 0)
    return Fault(**{**given, "does": FaultKind(entry.does)})


def _check_begin(
    what: str, at: str | None, from_us: int | None, until_us: int | None, for_us: int | None
) -> None:
    """Refuse what begins twice, or ends by the other's word; without both it begins at once."""
    if at is not None and from_us is not None:
        raise ValueError(f"{what} begins either `at` a fault point or `from` an instant")
    if at is not None and until_us is not None:
        raise ValueError(f"{what} at a fault point ends with `for`, not `until`")
    if at is None and for_us is not None:
        raise ValueError(f"{what} without a fault point ends with `until`, not `for`")
    _check_window(from_us, until_us)


def _check_window(from_us: int | None, until_us: int | None) -> None:
    if from_us is not None and until_us is not None and until_us <= from_us:
        raise ValueError("`until` must be later than `from`")
