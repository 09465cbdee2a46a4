"""Invariants about who commands a meter, and about its counters and versions (domain.md 10.6).

Each looks at the whole run: at what the meters executed, at the keys that they went through, at
what the engine asked the parties for. None asks an engine what it thinks.
"""

from collections.abc import Iterator

from hanbench.emulator.events import InstructionJudged, KeyChanged, PartyCalled
from hanbench.harness.judging.oracle import Execution, MeterEnd, RunEnd
from hanbench.harness.verdict import Finding

_OUTSIDE_THE_DCC = frozenset({"SMSO", "SUPPLIER", "PSP"})


def judge_verification(end: RunEnd) -> list[Finding]:
    """P8: nothing executes but what came in an envelope whose transport MAC and code are right."""
    return [
        Finding(
            name="executed-unverified",
            device=meter.name,
            clause="property/P8",
            detail=f"{meter.name} executed {_code(one)}, and was never sent an envelope with it "
            "that verifies",
            expected="a transport MAC and a SUA code, both right for this very Instruction",
        )
        for meter, one in _executions(end)
        if one.is_verified is False
    ]


def judge_binding(end: RunEnd) -> list[Finding]:
    """P3: nothing executes under a code that was made for something else."""
    return [
        Finding(
            name="executed-under-anothers-code",
            device=meter.name,
            clause="property/P3",
            detail=f"{meter.name} executed {_code(one)} with a code that was made for "
            f"{one.made_for}",
            expected="a code that is bound to this Device, version, counter and Instruction",
        )
        for meter, one in _executions(end)
        if one.made_for
    ]


def judge_separation(end: RunEnd) -> list[Finding]:
    """P5: nothing executes under a code that another key of the meter made."""
    return [
        Finding(
            name="executed-under-another-key",
            device=meter.name,
            clause="property/P5",
            detail=f"{meter.name} executed {_code(one)} with a code that is made with its "
            f"{one.made_with} key",
            expected="codes made with its SUA key alone",
        )
        for meter, one in _executions(end)
        if one.made_with
    ]


def judge_entitlement(end: RunEnd) -> list[Finding]:
    """P7: after the commit only the DCO commands a meter.

    Before it the SMSO still can (10.8): a party fault, told in the story, and no finding. A code
    that is not right shows no holder of the key: it breaks P8, or P3, or P5.
    """
    return [
        Finding(
            name="commanded-by-another",
            device=meter.name,
            clause="property/P7",
            detail=f"{meter.name} executed {_code(one)}: a right code under the DCO's own key, "
            "which the DCO never gave out: somebody else holds the key",
            expected="only codes of the DCO",
            truth=meter.truth,
        )
        for meter, one in _executions(end)
        if one.is_of_new_key and not one.is_dcos and one.is_verified is not False
    ]


def judge_counters(end: RunEnd) -> list[Finding]:
    """P12: a counter falls only when the key changes with it, or spent codes are good again."""
    findings = []
    for meter in end.meters:
        last: dict[int, int] = {}
        for one in meter.executions:
            if one.counter < last.get(one.version, 0):
                findings.append(_reset(meter.name, one.version, one.counter, None))
            last[one.version] = one.counter
    return findings + list(_resets(end))


def _resets(end: RunEnd) -> Iterator[Finding]:
    """Find the states that tell a counter below one told before, or spent, under the same key."""
    held: dict[tuple[str, str], int] = {}
    spent: dict[tuple[str, int], int] = {}
    for event in end.events:
        if isinstance(event, InstructionJudged):
            if event.executed and event.key_version is not None:
                code = (event.device, event.key_version)
                spent[code] = max(spent.get(code, 0), event.counter or 0)
        elif isinstance(event, KeyChanged) and event.current_version is not None:
            key = (event.device, event.current_check_value)
            code = (event.device, event.current_version)
            if event.last_counter < max(held.get(key, 0), spent.get(code, 0)):
                yield _reset(event.device, event.current_version, event.last_counter, event.at)
            held[key] = spent[code] = event.last_counter


def judge_versions(end: RunEnd) -> list[Finding]:
    """P6: a meter never goes back to an older key."""
    findings = []
    held: dict[str, int] = {}
    for event in _key_states(end):
        version = event.current_version or 0
        before = held.get(event.device, 0)
        if version < before:
            findings.append(
                Finding(
                    name="key-downgraded",
                    device=event.device,
                    clause="property/P6",
                    at_us=event.at,
                    detail=f"{event.device} went from version {before} back to {version}",
                    expected=f"version {before} or above",
                )
            )
        held[event.device] = max(before, version)
    return findings


def judge_secrecy(end: RunEnd) -> list[Finding]:
    """No key of the DCO's making goes outside the DCC, wrapped as it may be (seed0, section 6)."""
    findings = []
    secrets: list[str] = []
    for event in end.events:
        if not isinstance(event, PartyCalled):
            continue
        if (event.party, event.operation) == ("DCO", "escrow_successor") and not event.is_error:
            secrets += _wrapped(event.result)
        elif event.party in _OUTSIDE_THE_DCC and any(one in event.arguments for one in secrets):
            findings.append(
                Finding(
                    name="key-handed-back",
                    clause="seed0/no-complete-rollback",
                    at_us=event.at,
                    detail=f"the {event.party} is told the wrapped new key of a meter "
                    f"({event.operation})",
                    expected="a key of the DCO's own making stays with the DCO and its meter",
                )
            )
    return findings


def _reset(device: str, version: int, counter: int, at_us: int | None) -> Finding:
    return Finding(
        name="counter-reset",
        device=device,
        clause="property/P12",
        at_us=at_us,
        detail=f"the counter of version {version} in {device} fell to {counter}: spent codes of "
        "that key are good again",
        expected="a counter begins again only with another key",
    )


def _wrapped(result: str) -> list[str]:
    marker = '"wrapped":"'
    start = result.find(marker)
    if start < 0:
        return []
    start += len(marker)
    return [result[start : result.index('"', start)]]


def _executions(end: RunEnd) -> Iterator[tuple[MeterEnd, Execution]]:
    for meter in end.meters:
        for one in meter.executions:
            yield meter, one


def _key_states(end: RunEnd) -> Iterator[KeyChanged]:
    """Yield the states with a key: a torn slot has neither version nor counter."""
    for event in end.events:
        if isinstance(event, KeyChanged) and event.current_version is not None:
            yield event


def _code(one: Execution) -> str:
    return f"the code of version {one.version}, counter {one.counter}"
