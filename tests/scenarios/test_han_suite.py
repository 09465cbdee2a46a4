"""Every case of the `han` suite comes out as it says, the same twice, and tshark reads it all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hanbench.emulator.events import FrameSent, HanChanged
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_with
from hanbench.harness.verdict import CaseRun
from hanbench.protocol import ieee802154
from hanbench.protocol.sua import HAN_SUA_M1

GATE = (
    "zbee_sec.encrypted_payload || zbee_sec.extended_source_unknown || _ws.malformed "
    "|| wpan.fcs.bad"
)
LIBRARY = Library()
CASES = [
    case
    for path in sorted((fixtures_folder("scenarios") / "han").glob("*.yaml"))
    for case in expand(LIBRARY.scenario(path, name=f"han/{path.stem}"))
]
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removeprefix("han/"))


def run(case: Case) -> CaseRun:
    return run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1)


@EACH
def test_a_case_comes_out_as_it_says_and_tshark_reads_its_frames(
    case: Case, tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    ran = run(case)

    assert ran.result.is_as_expected, [finding.detail for finding in ran.result.findings]
    assert ran.capture is not None
    write_capture(tmp_path / "han.pcapng", [ran.capture])
    assert tshark(tmp_path / "han.pcapng", "-Y", GATE) == []
    frames = sum(isinstance(event, FrameSent) for event in ran.trace)
    assert len(
        tshark(tmp_path / "han.pcapng", "-Y", "wpan && !(frame.comment contains synthetic)")
    ) == (frames)


def test_a_join_gives_the_same_trace_every_time() -> None:
    case = next(case for case in CASES if case.name == "han/join-by-install-code[two-at-once]")

    assert run(case).result.trace_hash == run(case).result.trace_hash


@pytest.mark.parametrize(
    ("variant", "newcomer"), [("", "new-display"), ("through-a-repeater", "far-display")]
)
def test_who_has_joined_asks_the_esme_for_reports_and_hears_them(
    bench: Bench, variant: str, newcomer: str
) -> None:
    bench.load("han/join-by-install-code", variant).run()

    bound = [
        event
        for event in bench.trace
        if isinstance(event, HanChanged) and event.change == "bound" and event.device == newcomer
    ]
    assert [event.detail for event in bound] == ["hears reports of esme"]
    reports = [
        event
        for event in bench.trace
        if isinstance(event, FrameSent)
        and (event.sender, event.frame_kind) == ("esme", "report")
        and event.at > bound[0].at
    ]
    assert len(reports) >= 8, "one a minute"


def test_who_comes_back_after_leaving_is_introduced_anew(bench: Bench) -> None:
    bench.load("han/sleeping-display-joins").run()

    bound = [one for one in bench.trace if isinstance(one, HanChanged) and one.change == "bound"]
    assert [event.device for event in bound] == ["bedside-display"] * 2


def test_tshark_reads_a_pending_bit_that_is_true_in_the_answer_to_each_poll(
    tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    case = next(case for case in CASES if case.name == "han/sleep-behind-a-repeater[full-traffic]")
    ran = run(case)
    assert ran.capture is not None
    write_capture(tmp_path / "han.pcapng", [ran.capture])
    names = ("wpan.frame_type", "wpan.pending", "wpan.cmd", "wpan.dst16", "wpan.src16")
    fields = [part for name in names for part in ("-e", name)]
    rows = [
        line.split("\t")
        for line in tshark(tmp_path / "han.pcapng", "-T", "fields", *fields, "-Y", "wpan.fcs_ok")
    ]
    polls = [place for place, row in enumerate(rows[:-2]) if row[2] == "0x04"]
    told = [rows[place + 1][1] for place in polls]
    # What follows the acknowledgement at once is the frame that it promised, from that parent.
    follows = [
        (rows[place + 2][3], rows[place + 2][4]) == (rows[place][4], rows[place][3])
        for place in polls
    ]

    assert len(polls) > 100
    assert [bit in ("1", "True") for bit in told] == follows
    assert 0 < sum(follows) < len(polls)


def test_one_that_joined_polls_by_the_short_address_that_it_was_given(
    tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    case = next(case for case in CASES if case.name == "han/sleeping-display-joins")
    ran = run(case)
    assert ran.capture is not None
    write_capture(tmp_path / "han.pcapng", [ran.capture])
    polls = [
        event.frame
        for event in ran.trace
        if isinstance(event, FrameSent)
        and event.frame_kind == "poll"
        and event.sender == "bedside-display"
    ]
    given = tshark(
        tmp_path / "han.pcapng", "-T", "fields", "-e", "wpan.asoc.addr", "-Y", "wpan.asoc.addr"
    )

    assert polls
    addresses = {ieee802154.decode(frame).source_short for frame in polls}
    assert addresses == {int(one, 16) for one in given if one}


def changes(bench: Bench, name: str, device: str) -> list[str]:
    """What happened to a device on its HAN in a case, in order."""
    bench.load(f"han/{name}").run()
    return [
        event.change
        for event in bench.trace
        if isinstance(event, HanChanged) and event.device == device
    ]


@pytest.mark.parametrize(
    ("name", "device", "told"),
    [
        ("child-ages-out", "ppmid", ["aged-out", "told-to-rejoin", "rejoined"]),
        ("child-ages-out[in-time]", "ppmid", []),
        ("child-ages-out[behind-a-repeater]", "gsme", ["aged-out", "told-to-rejoin", "rejoined"]),
        (
            "child-ages-out[after-a-join]",
            "bedside-display",
            ["logged", "joined", "bound", "aged-out", "told-to-rejoin", "rejoined"],
        ),
        ("meter-joins-later", "gsme", ["logged", "joined", "mirror-opened"]),
        (
            "meter-joins-later[leaves-and-comes-back]",
            "gsme",
            # Gone by its own word and by the hub's.
            [
                *("logged", "joined", "mirror-opened", "mirror-removed", "left", "left"),
                *("joined", "mirror-opened"),
            ],
        ),
    ],
)
def test_what_happens_to_a_device_is_told_in_its_order(
    bench: Bench, name: str, device: str, told: list[str]
) -> None:
    assert changes(bench, name, device) == told


@pytest.mark.parametrize("name", ["meter-joins-later", "child-ages-out", "sleep-under-loss"])
def test_a_home_whose_children_come_and_go_gives_the_same_trace_every_time(name: str) -> None:
    case = next(case for case in CASES if case.name == f"han/{name}")

    assert run(case).result.trace_hash == run(case).result.trace_hash


def test_a_sleeper_switches_keys_by_the_word_that_its_parent_held_for_it(bench: Bench) -> None:
    # Who only hears frames under the newer key switches as well, and has nothing to tell.
    assert changes(bench, "network-key-update[asleep]", "ppmid") == ["key-switched"]


def test_a_gas_meter_that_is_handed_the_new_key_at_its_wake_has_it_before_all_switch(
    bench: Bench,
) -> None:
    assert changes(bench, "network-key-update", "gsme") == ["key-switched"]
