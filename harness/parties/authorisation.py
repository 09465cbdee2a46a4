"""The Migration Authorisation of a case, as the engine is given it."""

from typing import Literal, cast

from hanbench.emulator.model import ModelProfile
from hanbench.harness.engine.port import (
    Authorisation,
    AuthorisedMeter,
    CarriedCertificate,
    RotationProfile,
)
from hanbench.harness.files.installation import DeviceEntry
from hanbench.harness.homes.home import hub_parameters
from hanbench.harness.running.case import Case
from hanbench.protocol.identifiers import format_eui64

GROUP_ID = "DA"
"""The GroupID of Installations that Secure manufactured (TMAD v5.1 conclusions, definitions)."""


def authorisation_of(
    case: Case,
    *,
    attempt: int = 1,
    resubmitted_by: str = "",
    file: str = "",
    supplier: str = "",
) -> Authorisation:
    """Return what the engine is asked to migrate, and what the models make public of it.

    `file` is the name of the Migration Authorisation, if there is one that holds all of it;
    `supplier` is who gives it, or "" for the one of the installation file.
    """
    installation = case.installation
    hub = installation.hub_name
    profiles = case.profiles
    return Authorisation(
        installation=installation.name,
        group_id=GROUP_ID,
        hub=hub,
        hub_eui64=format_eui64(installation.devices[hub].eui64),
        supplier=supplier or installation.supplier.name,
        file=file,
        certificates=tuple(
            CarriedCertificate(role=role, serial=serial)
            for role, serial in sorted(case.scenario.authorised.certificates.items())
            if _has_meter_for(case, role)
        ),
        meters=tuple(
            _meter(profiles[name], name, installation.devices[name])
            for name in installation.meter_names
        ),
        rotation_profile=RotationProfile(case.scenario.profile),
        rotation_order=case.order,
        mirror_expiry_us=hub_parameters(profiles[hub]).mirror_expiry_us,
        attempt=attempt,
        resubmitted_by=cast("Literal['', 'DCC', 'supplier']", resubmitted_by),
    )


def _has_meter_for(case: Case, role: str) -> bool:
    fuel = {"DNO": "ESME", "GT": "GSME"}[role]
    devices = case.installation.devices
    return any(devices[name].type == fuel for name in case.installation.meter_names)


def _meter(profile: ModelProfile, name: str, entry: DeviceEntry) -> AuthorisedMeter:
    assert profile.sua is not None, "a meter model has the group `sua`"
    return AuthorisedMeter(
        name=name,
        eui64=format_eui64(entry.eui64),
        type="ESME" if entry.type == "ESME" else "GSME",
        model=entry.model,
        mode=entry.mode or "active",
        wake_interval_us=profile.sleep.wake_interval_us if profile.sleep else 0,
        failure_limit=profile.sua.failure_limit,
        lock_out_us=profile.sua.lock_out_us,
    )
