"""Names of fault points: a name goes on meaning the same when other traffic is added."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.emulator.fates import Cause, Leg, Moment, Phase
from hanbench.emulator.instant import Instant
from hanbench.harness.faults.points import PointNames

HOME = "home-1"
ROTATE = "rotate-sua-key"
Sending = tuple[str, str, bytes]
"""Device, role, digest."""
OTHERS = st.lists(
    st.tuples(
        st.sampled_from(("gsme", "esme", "hub")),
        st.sampled_from(("no-op", "read-sua-status", "cancel-buffered", "unreadable")),
        st.binary(min_size=1, max_size=2),
    ),
    max_size=12,
)


def moment(phase: Phase, leg: Leg = Leg.REQUEST, message_id: int = 7) -> Moment:
    return Moment(HOME, phase, Cause("gsme", message_id, leg), Instant(0))


def named(*sendings: Sending) -> list[str]:
    names = PointNames(HOME)
    return [
        names.sent(device, message_id, role, digest)
        for message_id, (device, role, digest) in enumerate(sendings)
    ]


def test_instructions_of_a_role_are_counted_and_a_repeated_one_is_another_try() -> None:
    first, second = ("gsme", ROTATE, b"digest a"), ("gsme", ROTATE, b"digest b")

    assert named(first, second, first, ("esme", ROTATE, b"digest a")) == [
        "home-1/gsme/rotate-sua-key#1/try#1",
        "home-1/gsme/rotate-sua-key#2/try#1",
        "home-1/gsme/rotate-sua-key#1/try#2",
        "home-1/esme/rotate-sua-key#1/try#1",
    ]


@given(OTHERS, OTHERS, OTHERS)
def test_a_name_stays_whatever_else_is_sent(
    before: list[Sending], between: list[Sending], behind: list[Sending]
) -> None:
    rotation = ("gsme", ROTATE, b"the rotation")

    names = named(*before, rotation, *between, rotation, *behind)

    assert names[len(before)] == "home-1/gsme/rotate-sua-key#1/try#1"
    assert names[len(before) + 1 + len(between)] == "home-1/gsme/rotate-sua-key#1/try#2"


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.HAN])
@pytest.mark.parametrize("leg", list(Leg))
def test_a_phase_of_a_leg_has_one_name_however_often_it_is_passed(phase: Phase, leg: Leg) -> None:
    names = PointNames(HOME)
    names.sent("gsme", 7, ROTATE, b"a")
    expected = f"home-1/gsme/rotate-sua-key#1/try#1/{leg.value}/{phase.value}"

    assert [names.of(moment(phase, leg)) for _ in range(2)] == [expected, expected]


def test_frames_are_counted_for_each_leg_of_each_try() -> None:
    names = PointNames(HOME)
    names.sent("gsme", 7, ROTATE, b"a")
    names.sent("gsme", 8, ROTATE, b"a")

    asked = [
        names.of(moment(Phase.HAN)),
        names.of(moment(Phase.HAN)),
        names.of(moment(Phase.HAN, Leg.REPLY)),
        names.of(moment(Phase.HAN, message_id=8)),
    ]

    stem = "home-1/gsme/rotate-sua-key#1"
    assert asked == [
        f"{stem}/try#1/request/han#1",
        f"{stem}/try#1/request/han#2",
        f"{stem}/try#1/reply/han#1",
        f"{stem}/try#2/request/han#1",
    ]


def test_the_commits_of_a_membership_are_named_by_the_device_and_what_happens_to_it() -> None:
    names = PointNames(HOME)
    asked = [
        names.of(Moment(HOME, Phase.COMMIT_MEMBERSHIP, None, Instant(0), sender=sender, kind=slot))
        for sender, slot in (("ppmid", "left"), ("hub", "put-out"), ("ppmid", "left"))
    ]

    assert asked == [
        "home-1/ppmid/han/left#1",
        "home-1/hub/han/put-out#1",
        "home-1/ppmid/han/left#2",
    ]


def test_steady_traffic_has_no_name() -> None:
    assert PointNames(HOME).of(Moment(HOME, Phase.HAN, None, Instant(0))) is None


def test_an_instruction_that_nobody_announced_goes_by_its_message_id() -> None:
    name = PointNames(HOME).of(moment(Phase.WAN, message_id=99))

    assert name == "home-1/gsme/unannounced#99/try#1/request/wan"


def test_calls_are_counted_by_party_operation_and_device() -> None:
    names = PointNames(HOME)

    assert [
        names.party_call("DCO", "authorise", "gsme"),
        names.party_call("DCO", "authorise", "esme"),
        names.party_call("DCO", "authorise", "gsme"),
        names.party_call("SMSO", "roll_back", ""),
    ] == [
        "home-1/party/DCO/authorise/gsme#1",
        "home-1/party/DCO/authorise/esme#1",
        "home-1/party/DCO/authorise/gsme#2",
        "home-1/party/SMSO/roll_back#1",
    ]


def test_journal_writes_go_by_their_number() -> None:
    assert PointNames(HOME).journal_write(3, {"n": 1}) == ("home-1/engine/journal#3",)


def test_a_journal_write_goes_by_what_it_writes_and_by_its_number():
    names = PointNames(HOME)
    entry = {"step": "successor", "device": "gsme", "version": 2}

    first, second = names.journal_write(3, entry), names.journal_write(9, entry)

    assert first == ("home-1/engine/journal/successor/gsme#1", "home-1/engine/journal#3")
    assert second == ("home-1/engine/journal/successor/gsme#2", "home-1/engine/journal#9")
    assert names.journal_write(10, {"step": "two words"}) == ("home-1/engine/journal#10",)
