"""What is behind the rows of the Commissioning Party's table of checks.

Source: `fixtures/checks/commissioning-party.yaml`, row by row. A check returns what is wrong, or
"". One that is about the records of the SMSO looks at the devices that it knows by name; whether
the file names others is for the check `records` alone, so that one mistake is told once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from hanbench.emulator.parties.check_table import Stage
from hanbench.emulator.parties.premises import DeviceType, Home, PremisesDevice
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.migration.authorisation import (
    AuthorisedInstallation,
    Meter,
    MigrationAuthorisation,
)
from hanbench.protocol.migration.common_file import (
    CommonDevice,
    CommonFile,
    CommonInstallation,
    NetworkCertificate,
)
from hanbench.protocol.migration.file_names import format_stamped

GROUP_ID = "DA"
_AT_MOST_ONE: tuple[DeviceType, ...] = ("PPMID", "IHD", "CAD")
_ONE_OF_EACH: tuple[DeviceType, ...] = ("CHF", "ESME", "GSME", "GPF")
_METER_OF: Mapping[str, DeviceType] = {"DNO": "ESME", "GT": "GSME"}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One Installation of a submitted file, and what the Commissioning Party holds against it."""

    file: CommonFile
    entry: CommonInstallation
    home: Home
    """The Installation as the records have it."""
    without_entry: tuple[str, ...] = ()
    """Its devices that have no EPCL entry."""
    authorisations: tuple[MigrationAuthorisation, ...] | None = None
    """Those that were received; None: authorisations are not looked at."""

    @cached_property
    def devices(self) -> tuple[PremisesDevice, ...]:
        """The devices of the file that the records know, in the file's order."""
        known = {device.name: device for device in self.home.devices}
        return tuple(known[it.name] for it in self.entry.devices if it.name in known)

    @cached_property
    def authorised(self) -> AuthorisedInstallation | None:
        """What the Migration Authorisation of the file says about this Installation."""
        return find_authorised(self.authorisations or (), self.home.name, self.file.authorisation)


def find_authorised(
    authorisations: tuple[MigrationAuthorisation, ...], installation: str, name: str = ""
) -> AuthorisedInstallation | None:
    """Find an Installation under the named Migration Authorisation, or under all of them.

    In a home of two suppliers each of them authorises its own meter: what they say is put together.
    Of two about one meter the one that was received last holds.
    """
    found = [
        one
        for authorisation in authorisations
        if not name or format_stamped(authorisation.name).upper() == name.upper()
        for one in authorisation.installations
        if one.installation == installation
    ]
    if len(found) < 2:
        return found[0] if found else None
    latest = tuple(reversed(found))
    return AuthorisedInstallation(
        installation=installation,
        chf=latest[0].chf,
        esme=next((one.esme for one in latest if one.esme), None),
        gsme=next((one.gsme for one in latest if one.gsme), None),
        dno_certificate=next((one.dno_certificate for one in latest if one.esme), ""),
        gt_certificate=next((one.gt_certificate for one in latest if one.gsme), ""),
    )


def carried_certificates(
    authorised: AuthorisedInstallation | None,
) -> tuple[NetworkCertificate, ...]:
    """Return the network certificates that an Authorisation carried for an Installation."""
    if authorised is None:
        return ()
    carried = (
        NetworkCertificate("DNO", authorised.dno_certificate),
        NetworkCertificate("GT", authorised.gt_certificate),
    )
    return tuple(certificate for certificate in carried if certificate.serial)


def _duplicate_installation(subject: Subject) -> str:
    return _repeats((it.name, it.line) for it in subject.file.installations)


def _duplicate_address(subject: Subject) -> str:
    owners: dict[Eui64, str] = {}
    for entry in subject.file.installations:
        for it in entry.devices:
            first = owners.setdefault(it.eui64, entry.name)
            if first != entry.name:
                return f"{it.name}{_at(it.line)} of {entry.name} has an address of {first}"
    return ""


def _group_id(subject: Subject) -> str:
    strangers = [it.name for it in subject.devices if it.mode and it.group_id != GROUP_ID]
    if subject.file.group_id != GROUP_ID:
        return f"the file is for group {subject.file.group_id}"
    return f"not of group {GROUP_ID}: {', '.join(strangers)}" if strangers else ""


def _authorisation(subject: Subject) -> str:
    if subject.authorisations is None:
        return ""
    authorised = subject.authorised
    if authorised is None:
        under = subject.file.authorisation or "any Authorisation"
        return f"{subject.home.name} is not under {under}"
    meters = {"ESME": authorised.esme, "GSME": authorised.gsme}
    others = [
        it.name
        for it in subject.entry.devices
        if it.type in meters and not _is_authorised(it, meters[it.type])
    ]
    return f"not authorised so: {', '.join(others)}" if others else ""


def _is_authorised(device: CommonDevice, meter: Meter | None) -> bool:
    return meter is not None and (device.eui64, device.mode) == (meter.eui64, meter.mode)


def _supplier(subject: Subject) -> str:
    # One that changed after the start is still the one that the migration was authorised by.
    if subject.entry.supplier in (subject.home.supplier, *subject.home.authorised_by):
        return ""
    return f"{subject.entry.supplier!r}; on record is {subject.home.supplier!r}"


def _eligible_model(subject: Subject) -> str:
    others = [it.name for it in subject.devices if it.name in subject.without_entry]
    return f"no EPCL entry: {', '.join(others)}" if others else ""


def _records(subject: Subject) -> str:
    known = {device.name: device for device in subject.home.devices}
    return "; ".join(
        problem
        for it in subject.entry.devices
        if (problem := _record_problem(it, known.get(it.name)))
    )


def _record_problem(device: CommonDevice, record: PremisesDevice | None) -> str:
    if record is None:
        return f"{device.name}{_at(device.line)} is not on record"
    if device.eui64 != record.eui64:
        return f"{device.name}{_at(device.line)} is {format_eui64(record.eui64)} on record"
    if device.type != record.type:
        return f"{device.name}{_at(device.line)} is a {record.type} on record"
    if device.model not in ("", record.model):
        return f"{device.name}{_at(device.line)} is a {record.model} on record"
    if device.mode != record.mode:
        return f"{device.name}{_at(device.line)} is {record.mode or 'no meter'} on record"
    return ""


def _duplicates(subject: Subject) -> str:
    by_name = _repeats((it.name, it.line) for it in subject.entry.devices)
    if by_name:
        return by_name
    addresses: dict[Eui64, str] = {}
    for it in subject.entry.devices:
        first = addresses.setdefault(it.eui64, it.name)
        if first != it.name:
            return f"{it.name}{_at(it.line)} has the address of {first}"
    return ""


def _repeats(named: Iterable[tuple[str, int]]) -> str:
    seen: dict[str, bool] = {}
    twice: dict[str, int] = {}
    for name, line in named:
        if name in seen:
            twice.setdefault(name, line)
        seen[name] = True
    told = ", ".join(f"{name}{_at(line)}" for name, line in twice.items())
    return f"more than once: {told}" if told else ""


def _electricity_meter(subject: Subject) -> str:
    return "" if any(it.type == "ESME" for it in subject.entry.devices) else "no ESME"


def _cardinality(subject: Subject) -> str:
    # By name, since a device that is repeated is not another one.
    kinds = [str(kind) for kind in {it.name: it.type for it in subject.entry.devices}.values()]
    counts = {kind: kinds.count(kind) for kind in _ONE_OF_EACH}
    if not counts["CHF"]:
        return "no CHF"
    many = [f"{count} {kind}s" for kind, count in counts.items() if count > 1]
    return ", ".join(many)


def _last_joined(subject: Subject) -> str:
    for kind in _AT_MOST_ONE:
        named = [it.name for it in subject.devices if it.type == kind]
        # Those that cannot be in the file at all do not count as the last to join.
        able = [it for it in subject.home.devices if it.type == kind and _can_migrate(it)]
        last = max(able, key=lambda it: it.joined_order, default=None)
        if len(named) > 1:
            return f"{len(named)} {kind}s: {', '.join(named)}"
        if named and last is not None and named != [last.name]:
            return f"{named[0]} is not the {kind} that joined last: {last.name} is"
    return ""


def _can_migrate(device: PremisesDevice) -> bool:
    return device.has_required_data and not device.is_third_party


def _required_data(subject: Subject) -> str:
    lacking = [it.name for it in subject.devices if not it.has_required_data]
    return f"the SMSO lacks data: {', '.join(lacking)}" if lacking else ""


def _third_party(subject: Subject) -> str:
    strangers = [it.name for it in subject.devices if it.is_third_party or it.type == "REPEATER"]
    return f"never migrated: {', '.join(strangers)}" if strangers else ""


def _profile(subject: Subject) -> str:
    active = [meter.mode == "active" for meter in subject.home.meters]
    true = "all-active" if all(active) else "mixed" if any(active) else "all-dormant"
    return "" if subject.entry.profile in (None, true) else f"the meters are {true}"


def _network_certificates(subject: Subject) -> str:
    if subject.authorisations is None:
        return ""
    given = subject.entry.certificates
    carried = carried_certificates(subject.authorised)
    wrong = [it.role for it in (*carried, *given) if (it in given) is not (it in carried)]
    return f"not as authorised: {', '.join(dict.fromkeys(wrong))}" if wrong else ""


def _certificate_roles(subject: Subject) -> str:
    roles = [it.role for it in subject.entry.certificates]
    twice = [role for role in dict.fromkeys(roles) if roles.count(role) > 1]
    if twice:
        return f"more than once: {', '.join(twice)}"
    kinds = [it.type for it in subject.entry.devices]
    idle = [role for role in roles if _METER_OF[role] not in kinds]
    return f"without its meter: {', '.join(idle)}" if idle else ""


PROBLEMS: Mapping[str, Callable[[Subject], str]] = {
    "duplicate-installation": _duplicate_installation,
    "duplicate-address": _duplicate_address,
    "group-id": _group_id,
    "authorisation": _authorisation,
    "supplier": _supplier,
    "eligible-model": _eligible_model,
    "records": _records,
    "duplicates": _duplicates,
    "electricity-meter": _electricity_meter,
    "cardinality": _cardinality,
    "last-joined": _last_joined,
    "required-data": _required_data,
    "third-party": _third_party,
    "profile": _profile,
    "network-certificates": _network_certificates,
    "certificate-roles": _certificate_roles,
}
_OF_FILE = frozenset(("duplicate-installation", "duplicate-address"))
KNOWN_CHECKS: Mapping[Stage, frozenset[str]] = {
    "submission": frozenset(("schema", "signer", "signature", "file-name")),
    "file": _OF_FILE,
    "installation": frozenset(PROBLEMS) - _OF_FILE,
}
"""The checks that there is code for; those of the stage `submission` are in
`common_file_submission`."""


def _at(line: int) -> str:
    return f" (line {line})" if line else ""
