"""Ways in which a campaign could leave out too much: each takes one reason to run a case away.

A break has to hold in the process that plans and in its workers, so each is a function that patches
what it is about, and `BrokenWorkers` lets every worker patch itself before it runs a case.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from hanbench.harness.explore import branches, campaign, merging
from hanbench.harness.explore.state import StateWatch, kind_of
from hanbench.harness.explore.trial import Trial
from hanbench.harness.explore.tries import Try
from hanbench.harness.running.pool import Broken, Done, Work, Workers
from hanbench.harness.verdict import Verdict

Patch = Callable[[pytest.MonkeyPatch], None]


class BrokenWorkers(Workers):
    """Workers under a break."""

    def __init__(self, name: str, count: int = 2) -> None:
        super().__init__(count)
        self._name = name

    def run(
        self, work: Work[Any, Any], cases: Sequence[Any]
    ) -> Iterator[tuple[int, Done[Any] | Broken]]:
        """Run the cases, each in a worker that has patched itself."""
        return super().run(partial(run_broken, self._name, work), cases)


def run_broken(name: str, work: Work[Any, Any], case: object) -> object:
    """Do the work of a worker process under a break, which lasts as long as the worker."""
    if name:
        BREAKS[name](pytest.MonkeyPatch())
    return work(case)


def _pairs_are_alike_in_every_world(patch: pytest.MonkeyPatch) -> None:
    def likeness(one: Try) -> campaign.Likeness:
        last = one.possibilities[-1]
        return last.hazard, kind_of(last.place.name), ""

    patch.setattr(campaign, "_likeness", likeness)


def _blind_to(part: str, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StateWatch, part, lambda *_: None)


def _blind_to_tries(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("hanbench.harness.explore.state._Work.spent", None)


def _any_point_of_a_kind_is_known(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merging, "_state", lambda point, _: kind_of(point))


def _wrong_runs_are_known(patch: pytest.MonkeyPatch) -> None:
    """A run that did wrong is remembered like one that ended well."""

    def as_good(trial: Trial) -> Trial:
        return trial | {"verdict": Verdict.PASS.value}  # type: ignore[return-value]

    learn, write = merging.learnt_from, merging.write_known
    patch.setattr(branches, "learnt_from", lambda trial, passed: learn(as_good(trial), passed))
    patch.setattr(
        campaign,
        "write_known",
        lambda path, runs: write(path, ((name, as_good(trial)) for name, trial in runs)),
    )


def _wrong_branches_are_learnt_from(patch: pytest.MonkeyPatch) -> None:
    learn = merging.learnt_from

    def learnt_from(trial: Trial, passed: merging.Passed) -> object:
        return learn(trial | {"verdict": Verdict.PASS.value}, passed)  # type: ignore[arg-type]

    patch.setattr(branches, "learnt_from", learnt_from)


def _what_was_done_wrong_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merging.Lookout, "_wrong_so_far", lambda _: [])


def _an_end_may_come_too_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merging.Lookout, "_is_in_time", lambda *_: True)


def _the_last_fault_need_not_have_struck(patch: pytest.MonkeyPatch) -> None:
    given = merging.Lookout.__init__

    def init(lookout: merging.Lookout, known: object, faults: int, *more: object) -> None:
        given(lookout, known, faults - 1, *more)  # type: ignore[arg-type]

    patch.setattr(merging.Lookout, "__init__", init)


BREAKS: Mapping[str, Patch] = {
    "pairs are alike in every world": _pairs_are_alike_in_every_world,
    "the state of the meters does not count": partial(_blind_to, "_meters"),
    "the faults at work do not count": partial(_blind_to, "_at_work"),
    "what is broken does not count": partial(_blind_to, "_broken"),
    "the tries that were spent do not count": _blind_to_tries,
    "any point of a kind is known": _any_point_of_a_kind_is_known,
    "wrong runs are known": _wrong_runs_are_known,
    "wrong branches are learnt from": _wrong_branches_are_learnt_from,
    "what was done wrong is not looked at": _what_was_done_wrong_is_not_looked_at,
    "an end may come too late": _an_end_may_come_too_late,
    "the last fault need not have struck": _the_last_fault_need_not_have_struck,
}
