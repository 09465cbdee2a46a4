"""What the DCO checks before it issues a code, and in its Required File Set.

Source: modelled [M] (domain.md 10.2 "who computes", 10.3, 10.8); the contents of the file set and
the conditions of TMAD 16.5 are not public.
"""

from collections.abc import Callable

from hanbench.emulator.parties import dco_operations as of
from hanbench.emulator.parties.accounts import Account
from hanbench.emulator.parties.common_file_checks import GROUP_ID
from hanbench.emulator.parties.custody import Custody
from hanbench.emulator.parties.file_set import DCO_CONDITIONS, Finding
from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import PremisesDevice
from hanbench.protocol.instruction import (
    AbortRotation,
    ConfirmRotation,
    Instruction,
    PrepareRotation,
    ProveRotation,
    RotateSuaKey,
)
from hanbench.protocol.sua_rotation import successor_of


def objection_to_code(
    instruction: Instruction, version: int, custody: Custody, account: Account
) -> PartyError | None:
    """Return why the DCO issues no code for this Instruction under this key, if it does not."""
    if not instruction.type.is_guarded:
        return PartyError(of.NOT_GUARDED.code, f"{instruction.type.words} is free")
    return _objection_to_key(version, custody, account) or _objection_to_rotation(
        instruction, custody
    )


def _objection_to_key(version: int, custody: Custody, account: Account) -> PartyError | None:
    if not custody.held:
        return PartyError(of.NOT_ENTITLED.code, "nothing has been handed over")
    held = custody.held.get(version)
    if held is None:
        return PartyError(of.NOT_HELD.code, f"no key of version {version}")
    if held.origin == "handed-over" and account is not Account.DCC:
        return PartyError(of.NOT_ENTITLED.code, f"the account is {account.value}")
    return None


def _objection_to_rotation(instruction: Instruction, custody: Custody) -> PartyError | None:
    match instruction:
        case RotateSuaKey() | PrepareRotation():
            held = custody.held.get(instruction.version)
            if held is None or held.successor != successor_of(instruction):
                return PartyError(of.NOT_ESCROWED.code, f"not version {instruction.version}'s key")
        case ProveRotation() | ConfirmRotation() | AbortRotation():
            held = custody.held.get(instruction.version)
            if held is None or held.successor is None:
                return PartyError(of.NOT_ESCROWED.code, f"no version {instruction.version}")
            if isinstance(instruction, ProveRotation) and instruction.nonce not in custody.nonces:
                return PartyError(of.NOT_DRAWN.code, "the nonce is not one of the DCO's")
        case _:
            pass
    return None


def file_set_findings(
    meters: tuple[PremisesDevice, ...],
    custody_of: Callable[[str], Custody],
    *,
    is_failing: bool,
) -> tuple[Finding, ...]:
    """Run the checks of the DCO Required File Set."""
    findings: list[Finding] = []
    for meter in meters:
        findings.append(Finding("group-id", meter.name, _group_problem(meter)))
        problem = _hand_over_problem(custody_of(meter.name))
        findings.append(Finding("hand-over", meter.name, problem))
    scripted = "fails by the scenario" if is_failing else ""
    return (*findings, Finding(DCO_CONDITIONS.check, None, scripted))


def _group_problem(meter: PremisesDevice) -> str:
    return "" if meter.group_id == GROUP_ID else f"group {meter.group_id}"


def _hand_over_problem(custody: Custody) -> str:
    return "no keys have been handed over" if custody.master_key is None else ""
