"""Watches what the parties answer, and says whose fault it is and which clause it breaks.

Every call to a party passes here, an engine's and a step's alike; the rules are in `party_rules`.
An engine is never judged here: what it does is for `process_watch`.
"""

from collections.abc import Sequence

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.judging.governance_rules import GOVERNANCE_RULES
from hanbench.harness.judging.party_call import Asked, Fault, Seen
from hanbench.harness.judging.party_rules import RULES, lost_from_escrow
from hanbench.harness.judging.service_rules import SERVICE_RULES
from hanbench.harness.parties.organisations import Organisations
from hanbench.harness.running.case import Case
from hanbench.harness.verdict import Finding

_ALL = {**RULES, **SERVICE_RULES, **GOVERNANCE_RULES}


class PartyWatch:
    """The faults of parties, over all Installations of a world."""

    def __init__(self, cases: Sequence[Case], parties: Organisations) -> None:
        self._cases = {case.installation.name: case for case in cases}
        self._parties = parties
        self._noted: dict[tuple[str, ...], bool] = {}
        self._faults: dict[str, list[Finding]] = {}
        self.seen = Seen()
        parties.observers.append(self._observe)

    def of(self, installation: str) -> tuple[Finding, ...]:
        """Return the faults of parties that concern an Installation, in the order of time."""
        return tuple(self._faults.get(installation, ()))

    def note(self, installation: str, fault: Fault, now: Instant) -> None:
        """Note a fault, once for each clause, party and device."""
        clause, party, device, detail = fault
        if self._noted.setdefault((installation, clause, party, device), False):
            return
        self._noted[installation, clause, party, device] = True
        finding = Finding(
            name="party-at-fault", clause=clause, by=party, device=device, detail=detail, at_us=now
        )
        self._faults.setdefault(installation, []).append(finding)

    def _observe(
        self,
        caller: str,
        party: str,
        operation: str,
        arguments: Json,
        answer: Json | PartyError,
        now: Instant,
    ) -> None:
        # The list is of all Installations; what is wrong with it is told of the first.
        named = arguments.get("installation", next(iter(self._cases)) if party == "EPCL" else "")
        case = self._cases.get(str(named))
        if case is None:
            return
        asked = Asked(case, self._parties, self.seen, caller, arguments, answer, now)
        rule = _ALL.get((party, operation))
        for fault in rule(asked) if rule is not None else ():
            self.note(asked.home, fault, now)
        if party == "DCO":
            for fault in lost_from_escrow(asked):
                self.note(asked.home, fault, now)
