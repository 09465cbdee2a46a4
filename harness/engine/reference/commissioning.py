"""Commissioning by files: the S1SP's Commissioning File is carried over, and the outcomes are read.

Source: `emulator/parties/commissioning_by_file.py`; modelled [M]. The outcomes count only when they
are the Commissioning Party's own, over this Migration Common File, and name every device as asked.
"""

from collections.abc import Sequence

from hanbench.harness.engine.reference.work import Work
from hanbench.harness.parties.migration_signers import commissioning_party_keys
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.migration import commissioning, signature
from hanbench.protocol.migration.commissioning import CommissioningOutcomes


async def commissioned_by_file(work: Work, devices: Sequence[str]) -> str:
    """Have these devices commissioned; return why they were not, or ""."""
    common_file = work.memory.common_file
    moved = await work.party(
        "S1SP", "commissioning_file", devices=list(devices), common_file=common_file
    )
    told = await work.party(
        "COMMISSIONING_PARTY",
        "commission_by_file",
        file=moved["file"],
        signature=moved["signature"],
    )
    try:
        outcomes = _read(bytes.fromhex(told["file"]), bytes.fromhex(told["signature"]))
    except (DecodeError, SecurityError) as error:
        return f"the outcomes are not in order: {error}"
    if outcomes.common_file != common_file:
        return f"the outcomes are about {outcomes.common_file}"
    return _refusal(work, outcomes, devices)


def _read(octets: bytes, made: bytes) -> CommissioningOutcomes:
    outcomes = commissioning.decode_outcomes(octets)
    canonical = commissioning.encode_outcomes(outcomes)
    signed = signature.decode(made)
    signature.verify(canonical, signed, commissioning_party_keys(), file="CommissioningOutcomes")
    return outcomes


def _refusal(work: Work, outcomes: CommissioningOutcomes, devices: Sequence[str]) -> str:
    home = work.authorisation.installation
    one = next((it for it in outcomes.installations if it.name == home), None)
    if one is None:
        return f"the outcomes say nothing of {home}"
    if one.outcome == "refused":
        return one.error_code
    left_out = [it.name for it in one.devices if it.status != "Commissioned"]
    missing = [name for name in devices if name in left_out]
    return f"not commissioned: {', '.join(missing)}" if missing else ""
