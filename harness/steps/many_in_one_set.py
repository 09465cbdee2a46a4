"""One Required File Set about several Installations, handed in as a step of a scenario.

An engine of this bench has one Installation, and so has each of its sets. What TMAD 5.27(c)(iii)
says, that a failed check ends the processing of that Installation within that file set and that the
others go on, shows in a set of several. The set is put together from those that the engines would
write, and is signed as theirs.
"""

from collections.abc import Mapping

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.engine.reference.file_sets import signed_dco_set, signed_s1sp_set
from hanbench.harness.files.scenario_process import RequiredFileSet
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.parties.migration_signers import REQUESTING_PARTY, test_signers
from hanbench.harness.world import World
from hanbench.protocol.migration import file_sets, signature
from hanbench.protocol.migration.file_sets import DcoFileSet, S1spFileSet


def hand_in_set(world: World, step: RequiredFileSet, now: Instant) -> str:
    """Hand the set in, and say of each Installation `passed`, or which check it failed."""
    homes = {one.installation: one for one in (world, *world.companions)}
    given = [_sent_for(homes[name], step.party, now) for name in step.homes]
    octets = _s1sp_set(given) if step.party == "S1SP" else _dco_set(given)
    made = signature.encode(signature.sign(octets, test_signers()[REQUESTING_PARTY]))
    asked = {"installation": world.installation, "file": octets.hex(), "signature": made.hex()}
    answer = world.organisations.call(step.party, "process_signed_file_set", asked, now)
    if isinstance(answer, PartyError):
        return f"refused: {answer.code}"
    return ", ".join(map(_said, answer["installations"]))


def _said(entry: Mapping[str, object]) -> str:
    if entry["passed"]:
        return f"{entry['installation']} passed"
    return f"{entry['installation']} failed {entry['failed_check']}"


def _sent_for(world: World, party: str, now: Instant) -> bytes:
    """Return the set that the engine of one home would send."""
    authorisation = authorisation_of(world.case)
    if party == "S1SP":
        return bytes.fromhex(signed_s1sp_set(authorisation, ())["file"])
    sealed = {it.name: _sealed(world, it.name, now) for it in authorisation.meters}
    return bytes.fromhex(signed_dco_set(authorisation, sealed)["file"])


def _sealed(world: World, meter: str, now: Instant) -> str:
    asked: Json = {"installation": world.installation, "device": meter}
    answer = world.organisations.call("SMSO", "hand_over", asked, now)
    return "00" if isinstance(answer, PartyError) else str(answer["file"])


def _s1sp_set(given: list[bytes]) -> bytes:
    read = [file_sets.decode_s1sp(one) for one in given]
    entries = tuple(entry for one in read for entry in one.installations)
    return file_sets.encode_s1sp(S1spFileSet(_NAME, read[0].common_file, entries))


def _dco_set(given: list[bytes]) -> bytes:
    read = [file_sets.decode_dco(one) for one in given]
    entries = tuple(entry for one in read for entry in one.installations)
    return file_sets.encode_dco(DcoFileSet(_NAME, read[0].common_file, entries))


_NAME = "RFS-of-several"
