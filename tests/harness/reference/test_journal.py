"""The journal folded into memory: whatever is cut off, no rotation that was sent is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness.engine.port import (
    Authorisation,
    AuthorisedMeter,
    Json,
    KeyBelief,
    RotationProfile,
)
from hanbench.harness.engine.reference.belief import KeyName
from hanbench.harness.engine.reference.journal import Memory, MeterMemory, recall, remember


def meter(name: str) -> AuthorisedMeter:
    return AuthorisedMeter(
        name=name,
        eui64="00-0d-6f-00-00-00-00-02",
        type="GSME" if name == "gsme" else "ESME",
        model="m",
        mode="active",
        failure_limit=5,
        lock_out_us=60_000_000,
    )


HOME = Authorisation(
    installation="home-1",
    group_id="DA",
    hub="hub",
    hub_eui64="00-0d-6f-00-00-00-00-01",
    meters=(meter("esme"), meter("gsme")),
    rotation_profile=RotationProfile.SINGLE_SHOT,
    rotation_order=("gsme", "esme"),
    mirror_expiry_us=0,
)
TORN: Json = {"torn": "{'step': 'sending-rot"}
NEW = KeyName(2, "bbbbbb")


def entry(step: str, **facts: object) -> Json:
    return {"step": step, **facts}


HANDED: Json = entry("handed-over", device="gsme", version=1, check_value="aaaaaa", escrowed=[])
SUCCESSOR: Json = entry("successor", device="gsme", version=2, check_value="bbbbbb", wrapped="00")


def sending(counter: int, message_id: int = 7) -> Json:
    return entry("sending-rotation", device="gsme", message_id=message_id, counter=counter)


def proved() -> Json:
    return entry("answered", device="gsme", proof="new-key", version=2, check_value="bbbbbb")


def fence(counter: int) -> Json:
    return entry("answered", device="gsme", proof="fence", counter=counter)


ABORT: Json = entry("answered", device="gsme", proof="abort")
SENDING = st.builds(sending, st.integers(1, 20))
FENCE = st.builds(fence, st.integers(1, 20))
OTHERS = st.sampled_from(
    (
        TORN,
        entry("life", life=2),
        entry("checked", device="gsme"),
        entry("tested", device="gsme"),
        entry("answered", device="gsme", proof="of a later version"),
        entry("staged", device="gsme", version=2),
        entry("of a later version", device="gsme"),
    )
)


def remembered(*entries: Json) -> Memory:
    return recall(HOME, entries)


def gsme(*entries: Json) -> MeterMemory:
    return remembered(*entries).meters["gsme"]


def summary(*entries: Json) -> KeyBelief:
    belief = gsme(*entries).belief
    assert belief is not None
    return belief.summary


def test_an_empty_journal_is_a_memory_of_nothing() -> None:
    memory = remembered()

    assert memory.meters == {"esme": MeterMemory(), "gsme": MeterMemory()}
    assert (memory.lives, memory.refusal, memory.outcome) == (0, "", None)
    assert not memory.meters["gsme"].may_have_moved


def test_the_steps_of_an_installation_are_remembered() -> None:
    outcome = entry("outcome", end_state="unresolved", detail="")
    memory = remembered(
        entry("life", life=3),
        entry("migration-started"),
        entry("common-file"),
        entry("file-sets"),
        entry("refused", why="excluded: gsme"),
        outcome,
    )

    assert memory.lives == 3
    assert memory.is_started
    assert memory.is_filed
    assert memory.is_processed
    assert memory.refusal == "excluded: gsme"
    assert memory.outcome == outcome


def test_the_steps_of_a_meter_are_remembered_for_it_alone() -> None:
    memory = remembered(
        HANDED, entry("tested", device="gsme"), SUCCESSOR, entry("checked", device="gsme")
    )

    moved = memory.meters["gsme"]
    assert moved.is_tested
    assert moved.is_checked
    assert not moved.is_unreachable
    assert moved.successor is not None
    assert moved.successor.key == NEW
    assert memory.meters["esme"] == MeterMemory()


def test_a_meter_that_did_not_answer_was_tested_too() -> None:
    silent = gsme(HANDED, entry("unreachable", device="gsme"))

    assert silent.is_tested
    assert silent.is_unreachable


def test_keys_that_were_escrowed_before_come_back_as_candidates() -> None:
    handed = {**HANDED, "escrowed": [[2, "bbbbbb"]]}

    belief = gsme(handed).belief

    assert belief is not None
    assert belief.candidates == (KeyName(1, "aaaaaa"), NEW)


def test_a_rotation_is_open_from_the_entry_before_it_is_sent() -> None:
    rotating = gsme(HANDED, SUCCESSOR, sending(5))

    assert rotating.belief is not None
    assert rotating.belief.summary is KeyBelief.UNKNOWN
    assert rotating.may_have_moved
    assert rotating.sent_message_ids == [7]


def test_a_proof_of_the_new_key_is_for_good() -> None:
    moved = gsme(HANDED, SUCCESSOR, sending(5), proved(), fence(9), ABORT)

    assert moved.belief is not None
    assert moved.belief.proved == NEW
    assert moved.may_have_moved


def test_a_meter_that_was_strange_is_doubted_until_it_answers_under_a_key_of_ours() -> None:
    strange = entry("strange", device="gsme")

    assert gsme(HANDED, SUCCESSOR, sending(5), proved(), strange).is_strange
    assert not gsme(HANDED, SUCCESSOR, strange, entry("checked", device="gsme")).is_strange
    # Else a certainty that was stated on this proof would be forgotten with the engine's life.
    assert not gsme(HANDED, SUCCESSOR, sending(5), strange, proved()).is_strange
    assert not gsme(HANDED, SUCCESSOR, sending(5), strange, fence(9)).is_strange


def test_an_abort_drops_the_successor_since_its_version_is_spent() -> None:
    dropped = gsme(HANDED, SUCCESSOR, sending(1), ABORT)

    assert dropped.successor is None
    assert dropped.belief is not None
    assert dropped.belief.summary is KeyBelief.OLD
    assert not dropped.may_have_moved


@pytest.mark.parametrize("place", range(5))
def test_a_torn_entry_is_passed_over_wherever_it_stands(place: int) -> None:
    whole = [HANDED, SUCCESSOR, sending(5), fence(6)]

    assert remembered(*whole[:place], TORN, *whole[place:]) == remembered(*whole)


@given(st.lists(SENDING | FENCE | OTHERS, max_size=10), st.data())
def test_no_prefix_of_a_journal_loses_an_open_rotation(
    later: list[Json], data: st.DataObject
) -> None:
    journal = [HANDED, SUCCESSOR, *later]
    kept = journal[: data.draw(st.integers(2, len(journal)))]
    is_open = any(
        one["step"] == "sending-rotation"
        and not any(
            after.get("proof") == "fence" and after["counter"] >= one["counter"]
            for after in kept[place:]
        )
        for place, one in enumerate(kept)
        if "step" in one
    )

    assert (summary(*kept) is KeyBelief.UNKNOWN) is is_open


@given(st.lists(SENDING | FENCE | OTHERS, max_size=6), st.lists(OTHERS, max_size=4))
def test_what_is_no_proof_changes_no_belief(before: list[Json], later: list[Json]) -> None:
    journal = (HANDED, SUCCESSOR, *before)

    assert gsme(*journal, *later).belief == gsme(*journal).belief


@given(st.lists(SENDING | FENCE | OTHERS, max_size=8), st.integers(0, 8))
def test_an_engine_that_crashes_goes_on_as_if_it_had_not(later: list[Json], at: int) -> None:
    recovered = remembered(HANDED, SUCCESSOR, *later[:at])
    for one in later[at:]:
        remember(recovered, one)

    assert recovered == remembered(HANDED, SUCCESSOR, *later)
