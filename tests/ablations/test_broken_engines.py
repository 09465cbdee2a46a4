"""One safeguard of the reference engine off: the suite turns red, by the oracle, not by a crash."""

import dataclasses
from typing import Any

import pytest
from tests.suite_cases import case_of, names, run, swept

from hanbench.harness.engine.port import AuthorisedMeter, Json
from hanbench.harness.engine.reference import rotation
from hanbench.harness.engine.reference.exchange import Line
from hanbench.harness.engine.reference.journal import remember
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.verdict import Verdict


async def _taken_as_old(work: Work, meter: AuthorisedMeter) -> None:
    """The mistake: nothing came back, so nothing can have happened."""
    memory = work.memory_of(meter)
    assert memory.belief is not None
    memory.belief = dataclasses.replace(memory.belief, open_counters=())
    work.state_belief(meter, "no answer came, so the meter still has the old key")


def test_a_time_out_taken_as_old_is_caught_as_confidently_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "_resolve", _taken_as_old)

    result = run(case_of("rotation-response-lost"))

    assert result.verdict is Verdict.FAIL
    assert "confidently-wrong" in names(result)
    assert "engine-broke" not in names(result)
    assert run(case_of("clean-two-fuel")).verdict is Verdict.PASS


def test_a_late_fetch_catches_an_engine_that_believes_a_time_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "_resolve", _taken_as_old)

    result = run(case_of("rotation-fetched-late"))

    assert "confidently-wrong" in names(result)


def test_a_reused_sua_code_is_caught_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: dict[tuple[str, int], Json] = {}
    authorise = Line._authorise

    async def once(self: Line, device: str, instruction: bytes, version: int | None) -> Any:
        """The mistake: a code is kept and used for whatever comes next."""
        if version is None:
            return None
        if (device, version) not in spent:
            spent[device, version] = await authorise(self, device, instruction, version) or {}
        return spent[device, version]

    monkeypatch.setattr(Line, "_authorise", once)

    result = run(case_of("rotation-request-lost"))

    assert result.verdict is Verdict.FAIL
    assert "code-reused" in names(result)
    assert "engine-broke" not in names(result)
    spent.clear()
    assert run(case_of("clean-two-fuel")).verdict is Verdict.PASS


def test_a_skipped_journal_write_is_caught_where_the_engine_dies_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = Work.note

    async def forgetful(self: Work, step: str, **facts: object) -> None:
        """The mistake: the rotation is sent before, and without, its entry in the journal."""
        if step == "sending-rotation":
            remember(self.memory, {"step": step, **facts})
        else:
            await note(self, step, **facts)

    monkeypatch.setattr(Work, "note", forgetful)

    results = [run(case) for case in swept("engine-crash-at-each-journal-write")]

    caught = [result for result in results if result.verdict is Verdict.FAIL]
    assert caught
    assert any("confidently-wrong" in names(result) for result in caught)
    assert not any("engine-broke" in names(result) for result in results)
    assert run(case_of("clean-two-fuel")).verdict is Verdict.PASS
