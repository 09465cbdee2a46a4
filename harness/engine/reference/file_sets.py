"""The Required File Sets of an Installation, written and signed, and what became of them.

Source: `protocol/migration/file_sets.py`; layouts and signatures are modelled [M]. The S1SP's set
names the devices that it is to serve, the DCO's carries what the SMSO has sealed for it. A failed
check ends the processing of an Installation (TMAD 5.27(c)(iii)): the migration goes no further.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from hanbench.harness.engine.port import Authorisation, Json
from hanbench.harness.engine.reference.common_file import common_file_name
from hanbench.harness.parties.migration_signers import REQUESTING_PARTY, test_signers
from hanbench.protocol.identifiers import parse_eui64
from hanbench.protocol.migration import file_sets, signature
from hanbench.protocol.migration.file_sets import (
    DcoFileSet,
    HandedOverInstallation,
    HandedOverMeter,
    S1spFileSet,
    ServedDevice,
    ServedInstallation,
)


def signed_s1sp_set(authorisation: Authorisation, displays: Sequence[Json]) -> Json:
    """Return the S1SP's set as arguments of `process_signed_file_set`."""
    hub = ServedDevice(authorisation.hub, parse_eui64(authorisation.hub_eui64), "CHF")
    meters = (ServedDevice(it.name, parse_eui64(it.eui64), it.type) for it in authorisation.meters)
    others = (ServedDevice(it["device"], parse_eui64(it["eui64"]), it["type"]) for it in displays)
    message = S1spFileSet(
        name=f"S1SP-RFS-{authorisation.installation}-{authorisation.attempt}",
        common_file=common_file_name(authorisation),
        installations=(ServedInstallation(authorisation.installation, (hub, *meters, *others)),),
    )
    return _signed(file_sets.encode_s1sp(message))


def signed_dco_set(authorisation: Authorisation, sealed: Mapping[str, str]) -> Json:
    """Return the DCO's set; `sealed` is the SMSO's hand-over of each meter, in hex."""
    meters = tuple(
        HandedOverMeter(it.name, parse_eui64(it.eui64), it.type, bytes.fromhex(sealed[it.name]))
        for it in authorisation.meters
    )
    message = DcoFileSet(
        name=f"DCO-RFS-{authorisation.installation}-{authorisation.attempt}",
        common_file=common_file_name(authorisation),
        installations=(HandedOverInstallation(authorisation.installation, meters),),
    )
    return _signed(file_sets.encode_dco(message))


def problem_of(result: Json, installation: str) -> str:
    """Say which check an Installation failed; "" if it passed all of them."""
    for one in cast("Sequence[Json]", result.get("installations", ())):
        if one["installation"] == installation:
            return "" if one["passed"] else f"{one['failed_check']}: {one['detail']}"
    return f"nothing is said of {installation}"


def _signed(canonical: bytes) -> Json:
    made = signature.sign(canonical, test_signers()[REQUESTING_PARTY])
    return {"file": canonical.hex(), "signature": signature.encode(made).hex()}
