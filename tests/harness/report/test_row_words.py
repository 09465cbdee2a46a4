"""Rows said as sentences: every kind has one, and none needs the picture."""

import pytest
from tests.suite_cases import case_of, driven

from hanbench.emulator.instant import Instant
from hanbench.harness.report.row_words import row_words
from hanbench.harness.report.rows import Row
from hanbench.harness.report.telling import rows_of


def row(kind, **more):
    return Row(at=Instant(0), kind=kind, **{"source": "Engine", **more})


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (row("call", target="DCO", text="authorise gsme"), "the engine calls DCO: authorise gsme"),
        (
            row("refused", target="DCO", text="authorise gsme: BUSY"),
            "the engine calls DCO and is refused: authorise gsme: BUSY",
        ),
        (
            row("lost", source="S1SP", target="hub", text="no-op gsme"),
            "S1SP to hub: no-op gsme, lost on the way",
        ),
        (
            row("rejected", target="gsme", text="no-op", outcome="replayed"),
            "gsme refuses no-op: replayed",
        ),
        (row("key", source="gsme", text="key v2"), "gsme now holds key v2"),
        (
            row("key", source="gsme", text="no valid key", outcome="no key"),
            "gsme is left with no valid key",
        ),
        (
            row("wrong", text="NEW", device="gsme", outcome="it was sent"),
            "the engine is wrongly certain that gsme holds the NEW key: it was sent",
        ),
        (
            row("belief", text="UNKNOWN", device="gsme", outcome=""),
            "the engine believes that gsme holds an unknown key",
        ),
        (
            row("told", text="time-out: proves nothing"),
            "the engine is told of a time-out, which proves nothing",
        ),
        (row("told", text="recovers"), "the engine starts again from its journal"),
        (row("gap", source="", text="2 h"), "2 h without an event"),
        (
            row("journal", text="asked", count=3),
            "the engine writes into its journal: asked (3 times)",
        ),
    ],
)
def test_a_row_is_said_as_a_sentence(told, says):
    assert row_words(told) == says


@pytest.mark.parametrize(
    "scenario", ["rotation-response-lost", "power-cut-torn-commit", "smso-goes-on-commanding"]
)
def test_every_row_of_a_run_has_its_sentence(scenario):
    world, _, _ = driven(case_of(scenario))

    said = [row_words(one) for one in rows_of(world.trace.events)]

    assert all(said)
    assert not [one for one in said if "{" in one or one.endswith(": ")]
