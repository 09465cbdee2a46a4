"""One safeguard of the HAN taken out: the scenario that is about it turns red, and by no crash."""

from collections.abc import Callable
from itertools import chain

import pytest
from tests.scenarios.test_han_suite import CASES, run

from hanbench.emulator.device import Output, Transmission
from hanbench.emulator.hub.downlinks import NO_MIRROR, Downlinks
from hanbench.emulator.hub.membership import HubMembership
from hanbench.emulator.node.joining.leaving import Leaving
from hanbench.emulator.node.parent.child_timeout import ChildTimeout
from hanbench.emulator.node.parent.parenting import Parenting
from hanbench.emulator.node.trust_centre.join_table import Member
from hanbench.emulator.node.trust_centre.trust_centre import TrustCentre
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.harness.running.case import Case
from hanbench.harness.verdict import Verdict
from hanbench.protocol.hub_command import Unlogged
from hanbench.protocol.identifiers import Eui64

Patch = pytest.MonkeyPatch


def gives_no_mirror(patch: Patch) -> None:
    patch.setattr(Downlinks, "request_mirror", lambda *_: NO_MIRROR)


def opens_no_way_to_a_newcomer(patch: Patch) -> None:
    joined = Downlinks.joined
    seen: list[Member] = []

    def provisioned_alone(self: Downlinks, member: Member) -> None:
        # What had joined before is opened while the hub is built, without a trust centre's word.
        if not hasattr(self, "_is_built"):
            joined(self, member)
        seen.append(member)

    init = Downlinks.__init__

    def built(self: Downlinks, *arguments: object) -> None:
        init(self, *arguments)  # type: ignore[arg-type]
        self._is_built = True  # type: ignore[attr-defined]

    patch.setattr(Downlinks, "joined", provisioned_alone)
    patch.setattr(Downlinks, "__init__", built)


def tells_no_stranger(patch: Patch) -> None:
    told = Parenting.heard_poll

    def silent(self: Parenting, *arguments: object) -> list[Transmission]:
        told(self, *arguments)  # type: ignore[arg-type]
        return []

    patch.setattr(Parenting, "heard_poll", silent)


def does_not_heed_being_sent_away(patch: Patch) -> None:
    """A child that agrees nothing, and is told to come back in, but does not."""
    patch.setattr(ChildTimeout, "begin", lambda *_: [])
    patch.setattr("hanbench.emulator.node.joining.joiner.Joiner.rejoin", lambda *_: [])


def forgets_that_it_left(patch: Patch) -> None:
    patch.setattr(Leaving, "restart", lambda *_: None)


def forgets_whom_it_put_out(patch: Patch) -> None:
    patch.setattr(TrustCentre, "restart", lambda *_: None)


def takes_off_the_log_before_it_puts_out(patch: Patch) -> None:
    def drop(
        self: HubMembership, device: Eui64, now: object
    ) -> tuple[Unlogged, list[Output]] | tuple[None, list[Output]]:
        if not self.log.remove(device):
            return None, []
        return Unlogged(), self.remove(device, now)  # type: ignore[arg-type]

    patch.setattr(HubMembership, "drop", drop)


def forgets_the_keys_of_members(patch: Patch) -> None:
    patch.setattr(TrustCentre, "key_of_member", lambda *_: None)


def leaves_without_the_mirror(patch: Patch) -> None:
    """It leaves, tells nobody, and keeps its keys: the hub's table is wrong ever after."""
    patch.setattr(NodeObject, "leave", lambda *_: [])


BROKEN: dict[Callable[[Patch], None], str] = {
    gives_no_mirror: "meter-joins-later",
    opens_no_way_to_a_newcomer: "meter-joins-later[electricity]",
    tells_no_stranger: "child-ages-out",
    does_not_heed_being_sent_away: "child-ages-out",
    forgets_that_it_left: "power-cut-while-leaving",
    forgets_whom_it_put_out: "power-cut-while-leaving[hub-after]",
    takes_off_the_log_before_it_puts_out: "power-cut-while-leaving[hub-before]",
    forgets_the_keys_of_members: "grandfathered-comes-back",
    leaves_without_the_mirror: "meter-joins-later[leaves-and-comes-back]",
}


def case_of(name: str) -> Case:
    return next(case for case in CASES if case.name == f"han/{name}")


@pytest.mark.parametrize(
    ("breaks", "name"), BROKEN.items(), ids=[breaks.__name__ for breaks in BROKEN]
)
def test_without_a_safeguard_its_scenario_turns_red(
    breaks: Callable[[Patch], None], name: str, monkeypatch: Patch
) -> None:
    breaks(monkeypatch)

    result = run(case_of(name)).result

    assert not result.is_as_expected
    assert result.verdict is Verdict.FAIL, [finding.detail for finding in result.findings]
    words = chain.from_iterable((finding.name, finding.detail) for finding in result.findings)
    assert not any("Traceback" in word or "engine-broke" in word for word in words)
