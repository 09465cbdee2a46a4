"""Fault points are of one grammar."""

import re

import pytest

from hanbench.emulator.fates import Cause, Leg, Moment, Phase
from hanbench.emulator.instant import Instant
from hanbench.harness.faults.point_grammar import PointKind, parse_point
from hanbench.harness.faults.points import PointNames


@pytest.mark.parametrize(
    ("text", "kind", "device"),
    [
        ("home-1/gsme/rotate-sua-key#1/try#1/request/wan", PointKind.CARRIED, "gsme"),
        ("home-1/gsme/rotate-sua-key#1/try#2/request/mirror", PointKind.CARRIED, "gsme"),
        ("home-1/gsme/no-op#12/try#1/reply/han#3", PointKind.CARRIED, "gsme"),
        ("home-1/esme/no-op#1/try#1/reply/before-send", PointKind.CARRIED, "esme"),
        ("home-1/esme/smso-arm-supply#1/try#1/request/wan", PointKind.CARRIED, "esme"),
        ("home-1/hub/cancel-instruction#1/try#1/request/wan", PointKind.CARRIED, "hub"),
        ("home-1/gsme/no-op#1/try#1/execute/persist-counter", PointKind.COMMITTED, "gsme"),
        ("home-1/gsme/rotate-sua-key#1/try#1/execute/commit-key", PointKind.COMMITTED, "gsme"),
        ("home-1/ppmid/han/left#1", PointKind.COMMITTED, "ppmid"),
        ("home-1/hub/han/put-out#2", PointKind.COMMITTED, "hub"),
        ("home-1/party/DCO/authorise#2", PointKind.CALLED, ""),
        ("home-1/party/SMSO/hand_over/esme#1", PointKind.CALLED, "esme"),
        ("home-1/engine/journal#3", PointKind.JOURNALLED, ""),
    ],
)
def test_a_point_of_the_grammar_is_taken_apart(text: str, kind: PointKind, device: str) -> None:
    point = parse_point(text)

    assert (point.kind, point.device, point.installation) == (kind, device, "home-1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a fault point"),
        ("home-1/gsme", "is not a fault point"),
        ("home-1/gsme/rotate-sua-key/try#1/reply/wan", "is not a fault point"),
        ("home-1/gsme/rotate-sua-key#0/try#1/reply/wan", "is not a fault point"),
        ("home-1/gsme/rotate-sua-key#1/try#1/answer/wan", "no leg 'answer'"),
        ("home-1/gsme/rotate-sua-key#1/try#1/reply/mirror", "no phase 'mirror'"),
        ("home-1/gsme/rotate-sua-key#1/try#1/execute/wan", "no phase 'wan'"),
        ("home-1/gsme/rotate-sua-key#1/try#1/reply/han", "only HAN frames are numbered"),
        ("home-1/gsme/rotate-sua-key#1/try#1/reply/wan#1", "only HAN frames are numbered"),
        ("home-1/gsme/rotate-sua-kye#1/try#1/reply/wan", "did you mean 'rotate-sua-key'?"),
        ("home-1/hub/han/put-out", "is not a fault point"),
        ("home-1/hub/han/joined#1", "is not a fault point"),
        ("home-1/engine/journal", "is not a fault point"),
        ("home-1/party/DCO/authorise", "is not a fault point"),
    ],
)
def test_anything_else_is_refused_and_says_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_point(text)


def test_every_name_that_the_bench_gives_is_of_the_grammar() -> None:
    names = PointNames("home-1")
    names.sent("gsme", 7, "rotate-sua-key", b"digest")
    legs = {
        Leg.REQUEST: (Phase.WAN, Phase.MIRROR, Phase.HAN),
        Leg.EXECUTE: (Phase.PERSIST_COUNTER, Phase.COMMIT_KEY),
        Leg.REPLY: (Phase.BEFORE_SEND, Phase.WAN, Phase.HAN),
    }
    given = [
        *names.journal_write(3, {"step": "successor", "device": "gsme"}),
        names.party_call("DCO", "authorise", "gsme"),
    ]
    given.append(names.party_call("DCO", "authorise", ""))
    leaves = Moment("home-1", Phase.COMMIT_MEMBERSHIP, None, Instant(0), sender="cad", kind="left")
    given.append(names.of(leaves) or "")
    for leg, phases in legs.items():
        for phase in phases:
            point = names.of(Moment("home-1", phase, Cause("gsme", 7, leg), Instant(0)))
            assert point is not None
            given.append(point)

    assert {parse_point(point).installation for point in given} == {"home-1"}
