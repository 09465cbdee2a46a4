"""Commands of a walk: each does what its line of the help says, and what is wrong is named."""

import pytest
from tests.harness.stepping.recorded import COMMIT, recorded, walked

from hanbench.harness import events as h
from hanbench.harness.stepping.walk import HELP

FAULTED = "secure/duplicate-rotate-after-commit"


def test_next_and_back_go_event_by_event_and_end_at_both_ends() -> None:
    walk, text = walked("next", "next 3", "back", "back 99", "back", "next 9999", "next")

    assert "#1 of" in text
    assert "#4 of" in text
    assert "#3 of" in text
    assert "this is the start" in text
    assert "this is the end of the run" in text
    assert walk.position == recorded().last
    assert walk.code == 0


def test_an_empty_line_repeats_the_last_step() -> None:
    walk, _ = walked("next 9", "back 2", "", "")

    assert walk.position == 5


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("113", "#113 of"),
        ("#113", "#113 of"),
        ("start", "before the first"),
        ("end", "end of the run  pass, claimed commissioned"),
        ("30min", "00:30:0"),
        ("0:30", "00:30:0"),
        ("00:30:15.768266", "00:30:15.768266"),
        (COMMIT, f"passed    home-1/{COMMIT}"),
        (f"home-1/{COMMIT}", "SUA: current, version: 1 -> 2"),
        ("outcome", "engine claims commissioned"),
        ("engine/journal/successor/gsme#1", "engine writes journal entry"),
    ],
)
def test_goto_goes_to_events_times_and_points(place: str, says: str) -> None:
    walk, text = walked(f"goto {place}")

    assert (walk.code, says in text) == (0, True), text


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("9999", "there is no number 9999"),
        ("40h", "nothing happens at or after 40h: the last event is at"),
        (COMMIT.replace("try#1", "try#7"), f"home-1/{COMMIT}"),
    ],
)
def test_a_place_that_never_comes_is_told_with_the_nearest(place: str, says: str) -> None:
    walk, text = walked("next 5", f"goto {place}")

    assert (walk.code, walk.position, says in text) == (1, 5, True), text


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("goto", "say where"),
        ("goto nowhere", "'nowhere' is no place in a run"),
        ("goto gsme/rotate-sua-kye#1/try#1/reply/wan", "did you mean 'rotate-sua-key'?"),
        ("nxet", "did you mean 'next'?"),
        ("next 0", "'0' is no number of events"),
        ("next two", "'two' is no number of events"),
        ("fault forward", "did you mean 'back'?"),
        ("frame gmse", "no device 'gmse'; did you mean 'gsme'?"),
        ("show device gmse", "did you mean 'gsme'?"),
        ("show device gsme sau", "no section 'sau'"),
        ("show nothing", "expected one of device NAME"),
        ("frames maybe", "say on or off"),
        ("continue", "say what to stop at"),
        ("continue belief-chagnes", "did you mean 'belief-changes'?"),
        ("continue device=gmse", "did you mean 'gsme'?"),
        ("continue truth-changes=hub", "no meter 'hub'"),
        ("continue frame:tuneling", "did you mean 'tunnelling'?"),
        ("continue frame=pol", "did you mean 'poll'?"),
        ("continue (fault", "a ) is missing"),
        ("continue a/b", "is not a fault point"),
    ],
)
def test_a_wrong_command_is_named_and_the_walk_goes_on(command: str, says: str) -> None:
    walk, text = walked(command, "next")

    assert (walk.code, walk.position) == (2, 1)
    assert says in text


def test_fault_goes_from_strike_to_strike() -> None:
    walk, text = walked("fault", "fault back", named=FAULTED)

    strikes = [
        place for place, event in enumerate(walk.recording.events, 1) if event.kind == "fault"
    ]
    assert walk.position == strikes[0]
    assert "FAULT at home-1/gsme" in text
    assert "no fault before event" in text


def test_frame_goes_to_the_next_frame_of_a_device() -> None:
    walk, text = walked("frame gsme", "tree")

    event = walk.recording.event(walk.position)
    assert event is not None
    assert event.kind == "frame"
    assert "gsme to" in text or "to gsme" in text
    assert "MAC: " in text


def test_the_tree_of_a_frame_opens_its_seals() -> None:
    _, text = walked("continue frame=tunnel", "tree")

    assert "Tunnelling" in text
    assert "Segment: octets 0 to" in text


def test_the_tree_of_an_envelope_verifies_what_is_in_it() -> None:
    _, text = walked("continue wan and device=gsme", "tree")

    assert "the transport MAC verifies under 'gsme, S1SP'" in text


def test_a_packet_without_frames_is_explained_too() -> None:
    _, text = walked("continue packet", "tree", named="clean-two-fuel[no-traffic]")

    assert "ZCL: " in text


def test_an_event_without_octets_has_no_tree() -> None:
    assert "carries no octets" in walked("continue journal", "tree")[1]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("fault or engine-sent", "engine-sent"),
        ("device=gsme and instruction", "instruction"),
        ("journal:successor", "journal"),
        ("belief-changes=gsme", "belief"),
        ("belief-changes", "belief"),
        ("truth-changes=esme", "log"),
        ("frame:tunnelling", "frame"),
        ("frame:0x0704", "frame"),
        ("not frame and not party and not journal", "engine-told"),
        ("outcome", "outcome"),
        (COMMIT, "log"),
    ],
)
def test_continue_stops_where_the_expression_holds(expression: str, kind: str) -> None:
    walk, text = walked(f"continue {expression}")

    event = walk.recording.event(walk.position)
    assert event is not None
    assert (walk.code, event.kind) == (0, kind), text


def test_continue_and_reverse_repeat_the_last_search() -> None:
    walk, _ = walked("continue belief", "continue", "reverse")
    beliefs = [
        place for place, event in enumerate(recorded().events, 1) if isinstance(event, h.Believed)
    ]

    assert walk.position == beliefs[0]


def test_a_search_that_finds_nothing_stays_and_says_so() -> None:
    walk, text = walked("next 4", "continue belief-wrong")

    assert (walk.code, walk.position) == (1, 4)
    assert "no belief-wrong after event 4" in text


@pytest.mark.parametrize(
    ("expression", "named"),
    [("refused", FAULTED), ("finding", "rules/mcc-overlooks-a-stop")],
)
def test_refusals_and_findings_can_be_stopped_at(expression: str, named: str) -> None:
    walk, text = walked(f"continue {expression}", named=named)

    assert (walk.code, walk.position > 0) == (0, True), text


def test_frames_can_be_passed_over() -> None:
    walk, _ = walked("frames off", *["next"] * 60)
    passed = [event.kind for event in walk.recording.events[: walk.position]]

    assert walk.recording.event(walk.position).kind != "frame"  # type: ignore[union-attr]  # it is past the start
    assert len([kind for kind in passed if kind != "frame"]) == 60
    assert "frame" in passed


def test_show_tells_of_devices_beliefs_changes_and_points() -> None:
    _, text = walked(
        f"goto {COMMIT}", "show device gsme sua", "show belief", "show changes",
        "show points commit-key", "show event", "show frame",
    )  # fmt: skip

    assert "highest version ever" in text
    assert "truth NEW     2:" in text
    assert "network key" in text or "SUA executions" in text
    assert f"home-1/{COMMIT}" in text
    assert "carries no octets" in text


def test_a_point_that_is_nowhere_is_said_to_be() -> None:
    walk, text = walked("show points zzz")

    assert (walk.code, "no point with 'zzz'" in text) == (1, True)


def test_the_help_tells_every_command() -> None:
    walk, text = walked("help")

    assert all(command in text for command, _ in HELP)
    assert {command.split()[0].rstrip(",") for command, _ in HELP} == set(walk._commands())


def test_a_comment_is_no_command_and_quit_ends() -> None:
    walk, _ = walked("# nothing", "quit")

    assert (walk.position, walk.code, walk.is_over) == (0, 0, True)


def test_devices_of_several_homes_are_told_apart() -> None:
    walk, text = walked("end", "goto end", "show belief", named="rules/uneconomic-model")

    assert "/esme" in text
    assert walk.recording.world.companions


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_fits_the_terminal(width: int) -> None:
    commands = [
        *["next"] * 45,
        f"goto {COMMIT}",
        "show changes",
        "show device gsme",
        "show device hub",
        "help",
    ]

    _, text = walked(*commands, width=width)

    assert {line for line in text.splitlines() if len(line) > width} == set()
