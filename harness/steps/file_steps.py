"""Somebody hands a party a migration file that is not in order, as a step of a scenario.

The file is the one that the reference engine would write for the Installation, spoilt in one way.
Nothing of it may be kept, whatever is right about the rest of it.
"""

import re
from collections.abc import Callable, Mapping

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.engine.port import Authorisation
from hanbench.harness.engine.reference.common_file import signed_common_file
from hanbench.harness.engine.reference.file_sets import signed_dco_set, signed_s1sp_set
from hanbench.harness.files.scenario_process import Damage, HandInFile
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.parties.migration_signers import S1SP, test_signers
from hanbench.harness.world import World
from hanbench.protocol.migration import signature
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX
from hanbench.protocol.migration.xml_shape import NAMESPACE

_PLACE = re.compile(r"[A-Za-z0-9]+:(\d+): ([a-z0-9-]+): ")
"""File, line and rule, wherever they stand in a refusal."""
_BOMB = (
    b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(98, 108)
    )
    + b"]>"
)
_EXTERNAL = b'<!DOCTYPE b [<!ENTITY a SYSTEM "file:///nowhere">]>'


def hand_in_file(world: World, step: HandInFile, now: Instant) -> str:
    """Hand the file in, and say `accepted`, or at which line it breaks which rule."""
    party, operation = _TAKERS[step.file]
    files = world.organisations.mcc.authorisations_of(world.installation)
    authorisation = authorisation_of(world.case, file=files[0] if len(files) == 1 else "")
    good = _written(step, authorisation)
    octets = _SPOILT[step.damage](bytes.fromhex(good["file"]))
    asked = {
        "installation": world.installation,
        "file": octets.hex(),
        "signature": _signature(step, octets, good),
    }
    answer = world.organisations.call(party, operation, asked, now)
    if not isinstance(answer, PartyError):
        return "accepted"
    place = _PLACE.search(answer.detail)
    return f"refused: {place[1]}: {place[2]}" if place else f"refused: {answer.code}"


def _written(step: HandInFile, authorisation: Authorisation) -> Json:
    if step.file == "MigrationCommonFile":
        return signed_common_file(authorisation)
    if step.file == "S1SPRequiredFileSet":
        return signed_s1sp_set(authorisation, ())
    return signed_dco_set(authorisation, {meter.name: "00" for meter in authorisation.meters})


def _signature(step: HandInFile, octets: bytes, good: Json) -> str:
    if step.damage != "another-signer":
        return str(good["signature"])
    return signature.encode(signature.sign(octets, test_signers()[S1SP])).hex()


_TAKERS: Mapping[str, tuple[str, str]] = {
    "MigrationCommonFile": ("COMMISSIONING_PARTY", "submit_common_file"),
    "S1SPRequiredFileSet": ("S1SP", "process_signed_file_set"),
    "DCORequiredFileSet": ("DCO", "process_signed_file_set"),
}
_SPOILT: Mapping[Damage, Callable[[bytes], bytes]] = {
    "other-octets": lambda data: data.replace(b'name="', b'name="x', 1),
    "another-signer": lambda data: data,
    "another-namespace": lambda data: data.replace(NAMESPACE.encode(), b"urn:another", 1),
    "entity-bomb": lambda data: _BOMB + data,
    "external-entity": lambda data: _EXTERNAL + data,
    "another-encoding": lambda data: data.decode().encode("utf-16"),
    "declared-encoding": lambda data: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + data,
    "comment": lambda data: data.replace(b"</", b"<!-- unsigned --></", 1),
    "cut-short": lambda data: data[:-1],
    "oversize": lambda data: data + b" " * (FILE_OCTETS_MAX + 1 - len(data)),
}
