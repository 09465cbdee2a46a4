"""The NVM: what a slot reads as after each fate of a commit."""

import pytest

from hanbench.emulator.fates import Cause, Commit, Leg, Moment, Phase, committed
from hanbench.emulator.instant import Instant
from hanbench.emulator.nvm import Nvm, PowerCut, Slot, Torn

SLOT = Slot("key", "factory")
CAUSE = Cause("gsme", 7, Leg.EXECUTE)


def commit(nvm: Nvm, value: str, *, is_torn_by_cut: bool = False) -> None:
    nvm.commit(
        SLOT,
        value,
        phase=Phase.COMMIT_KEY,
        cause=CAUSE,
        now=Instant(5),
        is_torn_by_cut=is_torn_by_cut,
    )


def test_a_slot_reads_its_factory_value_until_the_first_commit() -> None:
    nvm = Nvm("gsme", "home-1", committed)

    assert nvm.read(SLOT) == "factory"
    commit(nvm, "new")
    assert nvm.read(SLOT) == "new"


@pytest.mark.parametrize(
    ("verdict", "is_torn_by_cut", "left"),
    [
        (Commit.CUT_BEFORE, False, "old"),
        (Commit.CUT_BEFORE, True, Torn.TORN),
        (Commit.CUT_TORN, False, Torn.TORN),
        (Commit.CUT_TORN, True, Torn.TORN),
        (Commit.CUT_AFTER, False, "new"),
        (Commit.CUT_AFTER, True, "new"),
    ],
)
def test_a_power_cut_leaves_the_old_value_the_new_one_or_neither(
    verdict: Commit, is_torn_by_cut: bool, left: str | Torn
) -> None:
    nvm = Nvm("gsme", "home-1", lambda _: verdict)
    nvm.write(SLOT, "old")

    with pytest.raises(PowerCut) as caught:
        commit(nvm, "new", is_torn_by_cut=is_torn_by_cut)

    assert nvm.read(SLOT) == left
    assert (caught.value.slot, caught.value.commit) == ("key", verdict)


def test_an_undisturbed_commit_is_atomic_in_a_torn_memory_too() -> None:
    nvm = Nvm("gsme", "home-1", committed)

    commit(nvm, "new", is_torn_by_cut=True)

    assert nvm.read(SLOT) == "new"


def test_a_torn_slot_can_be_written_again() -> None:
    nvm = Nvm("gsme", "home-1", lambda _: Commit.CUT_TORN)
    with pytest.raises(PowerCut):
        commit(nvm, "new")

    nvm.write(SLOT, "repaired")

    assert nvm.read(SLOT) == "repaired"


def test_the_fate_is_asked_by_cause_phase_and_slot() -> None:
    asked: list[Moment] = []

    def fate(moment: Moment) -> Commit:
        asked.append(moment)
        return Commit.DONE

    nvm = Nvm("gsme", "home-1", fate)
    nvm.write(SLOT, "at manufacture")
    commit(nvm, "new")

    assert asked == [
        Moment(
            installation="home-1",
            phase=Phase.COMMIT_KEY,
            cause=CAUSE,
            at=Instant(5),
            sender="gsme",
            kind="key",
        )
    ]


def test_slots_of_different_names_are_independent() -> None:
    nvm = Nvm("gsme", "home-1", committed)
    other = Slot("other", 0)

    nvm.write(other, 3)

    assert (nvm.read(SLOT), nvm.read(other)) == ("factory", 3)
