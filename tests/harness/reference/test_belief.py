"""The belief algebra: only a MAC or a fence moves it, and NEW never goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness.engine.port import Candidate, KeyBelief
from hanbench.harness.engine.reference.belief import (
    EARLIER_ATTEMPT,
    Belief,
    KeyName,
    handed_over,
)

OLD = KeyName(1, "aaaaaa")
NEW = KeyName(2, "bbbbbb")
OTHER = KeyName(3, "cccccc")
STRANGE = KeyName(9, "ffffff")
COUNTERS = st.integers(min_value=1, max_value=50)
SENT = st.tuples(st.just("sent"), st.sampled_from((NEW, OTHER)), COUNTERS)
ANSWERED = st.tuples(st.just("answered"), st.sampled_from((OLD, NEW, OTHER, STRANGE)), st.just(0))
FENCED = st.tuples(st.just("fenced"), st.just(OLD), COUNTERS)
DROPPED = st.tuples(st.just("dropped"), st.just(OLD), st.just(0))
Step = tuple[str, KeyName, int]
STEPS = st.lists(SENT | ANSWERED | FENCED | DROPPED, max_size=12)


def taken(belief: Belief, step: Step) -> Belief:
    match step:
        case ("sent", key, counter):
            return belief.rotation_sent(key, counter)
        case ("answered", key, _):
            return belief.answered_under(key)
        case ("fenced", _, counter):
            return belief.fenced(counter)
        case _:
            return belief.staged_key_dropped()


def after(steps: list[Step], belief: Belief | None = None) -> Belief:
    reached = handed_over(OLD, ()) if belief is None else belief
    for step in steps:
        reached = taken(reached, step)
    return reached


def test_a_meter_that_was_only_handed_over_holds_the_old_key() -> None:
    belief = handed_over(OLD, ())

    assert belief.summary is KeyBelief.OLD
    assert belief.candidates == (OLD,)
    assert belief.on_the_wire == (Candidate(version=1, check_value="aaaaaa"),)


def test_keys_of_an_earlier_attempt_put_a_meter_in_doubt_until_any_fence() -> None:
    belief = handed_over(OLD, (NEW,))

    assert belief.summary is KeyBelief.UNKNOWN
    assert belief.candidates == (OLD, NEW)
    assert belief.fenced(EARLIER_ATTEMPT).summary is KeyBelief.OLD


def test_a_rotation_that_was_sent_puts_the_meter_in_doubt() -> None:
    belief = handed_over(OLD, ()).rotation_sent(NEW, 5)

    assert belief.summary is KeyBelief.UNKNOWN
    assert belief.candidates == (OLD, NEW)


@pytest.mark.parametrize(
    ("fence", "expected"),
    [(4, KeyBelief.UNKNOWN), (5, KeyBelief.UNKNOWN), (6, KeyBelief.OLD), (7, KeyBelief.OLD)],
)
def test_a_fence_kills_the_rotations_at_or_below_it(fence: int, expected: KeyBelief) -> None:
    belief = handed_over(OLD, ()).rotation_sent(NEW, 5).rotation_sent(NEW, 6)

    assert belief.fenced(fence).summary is expected


def test_the_same_key_sent_twice_is_one_candidate_and_two_rotations() -> None:
    belief = handed_over(OLD, ()).rotation_sent(NEW, 5).rotation_sent(NEW, 6)

    assert belief.candidates == (OLD, NEW)
    assert belief.open_counters == (5, 6)


def test_an_answer_under_the_new_key_proves_it_and_names_it() -> None:
    belief = handed_over(OLD, ()).rotation_sent(NEW, 5).answered_under(NEW)

    assert belief.summary is KeyBelief.NEW
    assert belief.candidates == (NEW,)


def test_a_key_that_a_fence_seemed_to_exclude_is_proved_by_its_own_mac() -> None:
    belief = handed_over(OLD, ()).rotation_sent(NEW, 5).fenced(9).answered_under(NEW)

    assert belief.summary is KeyBelief.NEW


@given(STEPS, st.sampled_from((OLD, STRANGE)))
def test_an_answer_under_the_old_or_a_strange_key_settles_nothing(
    steps: list[Step], key: KeyName
) -> None:
    belief = after(steps)

    assert belief.answered_under(key) == belief


@given(STEPS, STEPS)
def test_new_never_goes_back(before: list[Step], later: list[Step]) -> None:
    proved = after(before).rotation_sent(NEW, 5).answered_under(NEW)

    assert after(later, proved).summary is KeyBelief.NEW


@given(STEPS)
def test_only_a_mac_under_a_key_that_was_sent_brings_new(steps: list[Step]) -> None:
    sent: list[KeyName] = []
    is_proved = False
    for kind, key, _ in steps:
        if kind == "sent":
            sent.append(key)
        is_proved = is_proved or (kind == "answered" and key in sent)

    assert (after(steps).summary is KeyBelief.NEW) is is_proved


@given(st.lists(SENT | ANSWERED, max_size=12))
def test_without_a_fence_a_rotation_once_sent_never_ends_in_old(steps: list[Step]) -> None:
    is_sent = any(kind == "sent" for kind, _, _ in steps)

    assert (after(steps).summary is KeyBelief.OLD) is not is_sent


@given(st.lists(SENT | FENCED, max_size=12))
def test_doubt_stays_exactly_while_a_rotation_above_every_later_fence_is_open(
    steps: list[Step],
) -> None:
    is_open = any(
        kind == "sent"
        and all(fence < counter for later, _, fence in steps[place:] if later == "fenced")
        for place, (kind, _, counter) in enumerate(steps)
    )

    assert (after(steps).summary is KeyBelief.UNKNOWN) is is_open


@given(STEPS)
def test_the_candidates_agree_with_the_summary(steps: list[Step]) -> None:
    belief = after(steps)

    match belief.summary:
        case KeyBelief.OLD:
            assert belief.candidates == (OLD,)
        case KeyBelief.NEW:
            assert OLD not in belief.candidates
            assert len(belief.candidates) == 1
        case KeyBelief.UNKNOWN:
            assert belief.candidates[0] == OLD
            assert len(set(belief.candidates)) == len(belief.candidates) > 1


def test_an_accepted_abort_leaves_no_confirmation_open() -> None:
    belief = handed_over(OLD, ()).rotation_sent(NEW, 1).staged_key_dropped()

    assert belief.summary is KeyBelief.OLD
    assert belief.answered_under(NEW).summary is KeyBelief.NEW
