"""The fault plan: each kind where it makes sense, once, and what never struck is known."""

import pytest

from hanbench.emulator.fates import AS_SENT, LOST, Cause, Commit, Delivery, Leg, Moment, Phase
from hanbench.emulator.instant import Instant
from hanbench.harness.faults.plan import CallVerdict, Fault, FaultKind, FaultPlan, JournalVerdict
from hanbench.harness.faults.points import PointNames

HOME = "home-1"
NOW = Instant(1_000)
TIMES = (0, 500, 1_499, 1_500)
POINT = "home-1/gsme/rotate-sua-key#1/try#1"


class Setting:
    """A plan with the names of one Instruction, and a record of what fired."""

    def __init__(self, *faults: Fault) -> None:
        self.names = PointNames(HOME)
        self.names.sent("gsme", 7, "rotate-sua-key", b"digest")
        self.fired: list[str] = []
        self.plan = FaultPlan(faults, self.names, lambda point, *_: self.fired.append(point))
        self.cut: list[tuple[str, Instant | None]] = []
        self.plan.partition = lambda of, until: self.cut.append((of, until))

    def carry(self, phase: Phase = Phase.WAN, leg: Leg = Leg.REQUEST) -> tuple[Delivery, ...]:
        return self.plan.carry(moment(phase, leg))


def moment(phase: Phase, leg: Leg = Leg.REQUEST) -> Moment:
    return Moment(HOME, phase, Cause("gsme", 7, leg), NOW)


def at(phase: str, does: FaultKind, **more: object) -> Fault:
    return Fault(does=does, at=f"{POINT}/{phase}", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (at("request/wan", FaultKind.DROP), LOST),
        (at("request/wan", FaultKind.DELAY, by_us=5), (Delivery(5),)),
        (at("request/wan", FaultKind.DUPLICATE, by_us=5), (Delivery(0), Delivery(5))),
        (at("request/wan", FaultKind.CORRUPT), (Delivery(0, corrupt=True),)),
    ],
)
def test_a_packet_meets_its_fate_once_and_the_next_one_passes(
    fault: Fault, expected: tuple[Delivery, ...]
) -> None:
    setting = Setting(fault)

    assert setting.carry() == expected
    assert setting.carry() == AS_SENT
    assert setting.fired == [f"{POINT}/request/wan"]
    assert setting.plan.fired_count == 1
    assert setting.plan.unfired == ()


def test_a_fault_elsewhere_never_fires_and_is_listed() -> None:
    elsewhere = at("reply/wan", FaultKind.DROP)
    setting = Setting(elsewhere)

    assert setting.carry() == AS_SENT
    assert setting.plan.unfired == (elsewhere,)


def test_a_partition_of_the_wan_takes_the_packet_with_it_and_one_of_a_device_does_not() -> None:
    wan = Setting(at("request/wan", FaultKind.PARTITION, of="wan", for_us=60))
    device = Setting(at("request/wan", FaultKind.PARTITION, of="gsme"))

    assert wan.carry() == LOST
    assert wan.cut == [("wan", Instant(1_060))]
    assert device.carry() == AS_SENT
    assert device.cut == [("gsme", None)]


def test_a_partition_says_how_long_it_lasts_also_when_that_is_no_longer_than_its_point() -> None:
    lasts = {None: "", 0: " for 0us", 60_000_000: " for 1min"}

    for for_us, words in lasts.items():
        fault = at("request/wan", FaultKind.PARTITION, of="gsme", for_us=for_us)
        assert str(fault).startswith(f"partition gsme{words} at home-1/")


def test_a_partition_of_a_device_takes_the_frame_on_its_way() -> None:
    setting = Setting(at("request/han#1", FaultKind.PARTITION, of="gsme"))

    assert setting.carry(Phase.HAN) == LOST


def test_steady_traffic_is_no_fault_point() -> None:
    setting = Setting(at("request/wan", FaultKind.DROP))

    assert setting.plan.carry(Moment(HOME, Phase.HAN, None, NOW)) == AS_SENT
    assert setting.plan.commit(Moment(HOME, Phase.COMMIT_KEY, None, NOW)) is Commit.DONE
    assert setting.plan.seen == []


@pytest.mark.parametrize("when", ["before", "torn", "after"])
def test_power_is_cut_around_a_commit(when: str) -> None:
    setting = Setting(at("execute/commit-key", FaultKind.POWER_CUT, when=when))

    assert setting.plan.commit(moment(Phase.COMMIT_KEY, Leg.EXECUTE)) is Commit(when)
    assert setting.plan.commit(moment(Phase.COMMIT_KEY, Leg.EXECUTE)) is Commit.DONE


@pytest.mark.parametrize(
    ("does", "more", "expected"),
    [
        (FaultKind.FAIL, {"error": "REFUSED"}, CallVerdict(error="REFUSED")),
        (FaultKind.NEVER, {}, CallVerdict(is_answered=False)),
        (FaultKind.LATE, {"by_us": 9}, CallVerdict(late_by_us=9)),
    ],
)
def test_a_call_is_refused_never_answered_or_late(
    does: FaultKind, more: dict[str, object], expected: CallVerdict
) -> None:
    fault = Fault(does=does, at="home-1/party/DCO/authorise/gsme#2", **more)  # type: ignore[arg-type]
    setting = Setting(fault)

    assert setting.plan.call("DCO", "authorise", "gsme", NOW) == CallVerdict()
    assert setting.plan.call("DCO", "authorise", "gsme", NOW) == expected
    assert setting.plan.call("DCO", "authorise", "gsme", NOW) == CallVerdict()


def test_a_fault_that_makes_no_sense_at_a_call_lets_it_proceed() -> None:
    setting = Setting(Fault(does=FaultKind.DROP, at="home-1/party/DCO/authorise#1"))

    assert setting.plan.call("DCO", "authorise", "", NOW) == CallVerdict()


def test_a_party_is_away_in_its_window_alone() -> None:
    away = Fault(does=FaultKind.UNAVAILABLE, party="DCO", from_us=500, until_us=1_500)
    setting = Setting(away)

    answers = [
        setting.plan.call("DCO", "x", "", Instant(at)).error for at in (0, 500, 1_499, 1_500)
    ]

    assert answers == [None, "UNAVAILABLE", "UNAVAILABLE", None]
    assert setting.plan.call("SMSO", "x", "", NOW) == CallVerdict()


def test_a_journal_write_kills_the_engine_where_it_is_told_to() -> None:
    setting = Setting(Fault(does=FaultKind.CRASH, at="home-1/engine/journal#2", when="torn"))

    assert setting.plan.journal(1, {}, NOW) is JournalVerdict.DURABLE
    assert setting.plan.journal(2, {}, NOW) is JournalVerdict.KILLED_TORN


def test_a_timed_partition_begins_when_the_world_says_so() -> None:
    window = Fault(does=FaultKind.PARTITION, of="gsme", from_us=5, until_us=9)
    setting = Setting(window, Fault(does=FaultKind.PARTITION, of="esme", from_us=5))

    assert [fault.of for _, fault in setting.plan.timed_windows()] == ["gsme", "esme"]
    setting.plan.begin_window(0, Instant(5))
    setting.plan.begin_window(1, Instant(5))
    assert setting.cut == [("gsme", Instant(9)), ("esme", None)]


def test_a_point_is_told_before_its_fate() -> None:
    setting = Setting()
    passed: list[str] = []
    setting.plan.on_point = lambda point, _: passed.append(point)

    setting.carry()

    assert passed == [f"{POINT}/request/wan"]


def test_names_stay_when_other_instructions_are_sent_and_a_repeat_is_a_new_try() -> None:
    names = PointNames(HOME)
    names.sent("gsme", 1, "no-op", b"a")
    names.sent("esme", 2, "rotate-sua-key", b"b")

    assert names.sent("gsme", 3, "rotate-sua-key", b"c") == POINT
    assert names.sent("gsme", 4, "rotate-sua-key", b"c").endswith("#1/try#2")
    assert names.sent("gsme", 5, "rotate-sua-key", b"d").endswith("#2/try#1")


def test_an_envelope_that_nobody_announced_has_a_name_too() -> None:
    names = PointNames(HOME)

    assert names.of(moment(Phase.WAN)) == "home-1/gsme/unannounced#7/try#1/request/wan"


def test_frames_of_a_leg_are_counted_and_a_fault_says_itself_in_words() -> None:
    setting = Setting()

    assert setting.names.of(moment(Phase.HAN)) == f"{POINT}/request/han#1"
    assert setting.names.of(moment(Phase.HAN)) == f"{POINT}/request/han#2"
    assert str(at("reply/wan", FaultKind.DROP)) == f"drop at {POINT}/reply/wan"
    assert "from 5 us" in str(Fault(does=FaultKind.PARTITION, of="gsme", from_us=5))
