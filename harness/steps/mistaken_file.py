"""Somebody hands in a Migration Common File with a mistake in it, as a step of a scenario.

The file is the one that the reference engine would write, changed in one way, signed as it should
be and under a name of its own. So each check of the Commissioning Party is met by what it is for,
in a whole run; a file that is in no order at all is for `file_steps`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.common_file_submission import from_names
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.emulator.parties.premises import Home
from hanbench.harness.engine.reference.common_file import signed_common_file
from hanbench.harness.files.scenario_process import FileMistake, Mistake
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.parties.migration_signers import REQUESTING_PARTY, test_signers
from hanbench.harness.world import World
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.migration import common_file, signature
from hanbench.protocol.migration.common_file import (
    CommonDevice,
    CommonFile,
    CommonInstallation,
    NetworkCertificate,
)

_CODE = re.compile("CP-[A-Z-]+")
_NOBODY = Eui64(0x02_0000_0000_00FF_FF)
"""An address of no device."""
_DNO = NetworkCertificate("DNO", "0DA0")


def hand_in_mistake(world: World, step: FileMistake, now: Instant) -> str:
    """Hand the file in, and say which checks refuse it or fail, or `passes`."""
    right = _right_file(world)
    wrong = _MISTAKES[step.mistake](world, step, right)
    if step.mistake != "same-name":
        wrong = replace(wrong, name=f"{right.name}-{step.mistake}-{step.device or 'all'}")
    canonical = common_file.encode(wrong)
    made = signature.encode(signature.sign(canonical, test_signers()[REQUESTING_PARTY]))
    asked: Json = {"installation": world.installation}
    given = {**asked, "file": canonical.hex(), "signature": made.hex()}
    call = world.organisations.call
    taken = call("COMMISSIONING_PARTY", "submit_common_file", given, now)
    if isinstance(taken, PartyError):
        code = _CODE.match(taken.detail)
        return f"refused: {code[0] if code else taken.code}"
    said = call("COMMISSIONING_PARTY", "check", asked, now)
    assert not isinstance(said, PartyError), "a file was submitted"
    failed = [str(check["code"]) for check in said["checks"] if not check["passed"]]
    return f"fails: {', '.join(failed)}" if failed else "passes"


def _right_file(world: World) -> CommonFile:
    files = world.organisations.mcc.authorisations_of(world.installation)
    authorisation = authorisation_of(world.case, file=files[0] if len(files) == 1 else "")
    return common_file.decode(bytes.fromhex(signed_common_file(authorisation)["file"]))


def _entry(file: CommonFile, **more: object) -> CommonFile:
    (entry,) = file.installations
    return replace(file, installations=(replace(entry, **more),))  # type: ignore[arg-type]


def _devices(file: CommonFile) -> tuple[CommonDevice, ...]:
    return file.installations[0].devices


def _recorded(world: World, installation: str, *names: str) -> CommonInstallation:
    home = cast("Home", world.organisations.premises.home(installation))
    devices = tuple(it for it in home.devices if not names or it.name in names)
    return from_names("x", home, devices, profile=None, group_id="DA").file.installations[0]


def _names(world: World, step: FileMistake, file: CommonFile) -> CommonFile:
    more = _recorded(world, world.installation, step.device).devices
    return _entry(file, devices=(*_devices(file), *more))


def _leaves_out(_world: World, step: FileMistake, file: CommonFile) -> CommonFile:
    return _entry(file, devices=tuple(it for it in _devices(file) if it.name != step.device))


def _another_address(_world: World, step: FileMistake, file: CommonFile) -> CommonFile:
    return _entry(
        file,
        devices=tuple(
            replace(it, eui64=_NOBODY) if it.name == step.device else it for it in _devices(file)
        ),
    )


def _twice(_world: World, _step: FileMistake, file: CommonFile) -> CommonFile:
    return replace(file, installations=file.installations * 2)


def _address_in_two(world: World, _step: FileMistake, file: CommonFile) -> CommonFile:
    """Another Installation of the day is said to have this one's hub."""
    other = _recorded(world, world.companions[0].installation)
    ours = next(it.eui64 for it in _devices(file) if it.type == "CHF")
    devices = tuple(replace(it, eui64=ours) if it.type == "CHF" else it for it in other.devices)
    return replace(file, installations=(replace(other, devices=devices), *file.installations))


_Make = Callable[[World, FileMistake, CommonFile], CommonFile]
_MISTAKES: Mapping[Mistake, _Make] = {
    "none": lambda _world, _step, file: file,
    "names": _names,
    "leaves-out": _leaves_out,
    "another-address": _another_address,
    "same-name": lambda _world, _step, file: replace(file, group_id="EB"),
    "another-group": lambda _world, _step, file: replace(file, group_id="EB"),
    "another-authorisation": lambda _world, _step, file: replace(file, authorisation="MA_OTHER"),
    "another-supplier": lambda _world, _step, file: _entry(file, supplier="Another Supplier"),
    "another-profile": lambda _world, _step, file: _entry(file, profile="mixed"),
    "installation-twice": _twice,
    "address-in-two": _address_in_two,
    "certificate-not-carried": lambda _world, _step, file: _entry(file, certificates=(_DNO,)),
    "certificate-twice": lambda _world, _step, file: _entry(
        file, certificates=file.installations[0].certificates * 2
    ),
}
