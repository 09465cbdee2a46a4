"""The Migration Common File of an Installation, written and signed by the engine.

Source: `protocol/migration`; the layout and the signature are modelled [M]. The key is test
material that travels with the bench (`fixtures/keys/migration-signers.json`). An engine that is
killed writes the same octets again, under the same name: the Commissioning Party takes them twice.
"""

from collections.abc import Sequence

from hanbench.harness.engine.port import Authorisation, Json
from hanbench.harness.parties.migration_signers import REQUESTING_PARTY, test_signers
from hanbench.protocol.identifiers import parse_eui64
from hanbench.protocol.migration import common_file, signature
from hanbench.protocol.migration.common_file import (
    CommonDevice,
    CommonFile,
    CommonInstallation,
    NetworkCertificate,
)
from hanbench.protocol.migration.value_kinds import MODEL


def signed_common_file(authorisation: Authorisation, displays: Sequence[Json] = ()) -> Json:
    """Return the file and its signature as arguments of `submit_common_file`.

    `displays` are the PPMID, IHD and CAD that migrate with the meters, as `SMSO.devices` has them.
    """
    canonical = common_file.encode(_file(authorisation, displays))
    made = signature.sign(canonical, test_signers()[REQUESTING_PARTY])
    return {"file": canonical.hex(), "signature": signature.encode(made).hex()}


def common_file_name(authorisation: Authorisation) -> str:
    """Return how the file of an attempt is called: other files say which one they belong to."""
    return f"MCF-{authorisation.installation}-{authorisation.attempt}"


def _file(authorisation: Authorisation, displays: Sequence[Json]) -> CommonFile:
    hub = CommonDevice(
        name=authorisation.hub, eui64=parse_eui64(authorisation.hub_eui64), type="CHF"
    )
    meters = (
        CommonDevice(
            name=meter.name,
            eui64=parse_eui64(meter.eui64),
            type=meter.type,
            # A model of a user's own may be called by a path, which the file has no place for.
            model="" if MODEL.problem(meter.model) else meter.model,
            mode=meter.mode,
        )
        for meter in authorisation.meters
    )
    entry = CommonInstallation(
        name=authorisation.installation,
        supplier=authorisation.supplier,
        devices=(hub, *meters, *map(_display, displays)),
        certificates=tuple(
            NetworkCertificate(one.role, one.serial) for one in authorisation.certificates
        ),
    )
    return CommonFile(
        name=common_file_name(authorisation),
        group_id=authorisation.group_id,
        authorisation=authorisation.file,
        installations=(entry,),
    )


def _display(record: Json) -> CommonDevice:
    return CommonDevice(
        name=record["device"], eui64=parse_eui64(record["eui64"]), type=record["type"]
    )
