"""Required File Sets: what S1SP and DCO must stop at, and what the S1SP may serve, by clause.

Reckoned from what the scenario says of each party's own conditions and from the answers that were
seen, so that a party which overlooks its conditions, or serves what it has discarded, is found.
"""

from collections.abc import Iterator

from hanbench.harness.judging.party_call import Asked, Fault


def by_s1sp(asked: Asked) -> Iterator[Fault]:
    """Judge how the S1SP processed a signed Required File Set."""
    failing = asked.case.scenario.parties.s1sp.file_set_fails
    yield from _processed(asked, "S1SP", "tmad/16.4", failing)


def by_dco(asked: Asked) -> Iterator[Fault]:
    """Judge how the DCO processed a signed Required File Set."""
    failing = asked.case.scenario.parties.dco.file_set_fails
    yield from _processed(asked, "DCO", "tmad/16.5", failing)


def by_s1sp_by_names(asked: Asked) -> Iterator[Fault]:
    """Note the short form, for engines that have no files."""
    passed = asked.seen.file_sets.setdefault(("S1SP", asked.home), [])
    passed.append(asked.result is not None)
    return iter(())


def framed(asked: Asked) -> Iterator[Fault]:
    """The S1SP serves an Installation only on the strength of the last file set about it."""
    passed = asked.seen.file_sets.get(("S1SP", asked.home), [])
    if asked.result is None or (passed and passed[-1]):
        return
    clause = "tmad/16.4" if passed else "files/required-file-sets"
    why = "its data was discarded" if passed else "it has processed no file set about it"
    yield clause, "S1SP", asked.device, f"the S1SP serves {asked.home} although {why}"


def _processed(asked: Asked, party: str, clause: str, failing: tuple[str, ...]) -> Iterator[Fault]:
    for entry in asked.result["installations"] if asked.result else ():
        name = str(entry["installation"])
        passed = asked.seen.file_sets.setdefault((party, name), [])
        if entry["passed"] and name in failing and not passed:
            says = f"the {party} passes {name}, which does not meet its conditions"
            yield clause, party, "", says
        if not entry["passed"] and not entry["discarded"]:
            yield clause, party, "", f"the {party} stops at {name} and discards nothing"
        passed.append(bool(entry["passed"]))
