"""Every decoder as a function of octets alone: it answers with a message or a named error.

Octets that are right, to begin from, stand in `seeds`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.fuzz.seeds import KEYS, LINK_TYPES

from hanbench.harness.captures.link import WITH_FCS, unwrap
from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.reading import read_packets
from hanbench.harness.dissection.envelope import EnvelopeReader
from hanbench.harness.dissection.frame import FrameReader
from hanbench.harness.dissection.keys import read_keys
from hanbench.harness.dissection.render import brief, record
from hanbench.harness.dissection.tree import Dissection
from hanbench.harness.errors import CaptureError
from hanbench.protocol import (
    answer,
    command,
    hub_command,
    ieee802154,
    ieee802154_commands,
    instruction,
    tunnel_segments,
    utrn_gbcs,
    wan,
    zep,
)
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.migration import (
    authorisation,
    commissioning,
    common_file,
    demand,
    dormant_schedule,
    file_sets,
    protected_file,
    signature,
)
from hanbench.protocol.migration.file_names import parse_stamped
from hanbench.protocol.migration.formats import (
    AUTHORISATION_NAME,
    COMMIT_NAME,
    FIRMWARE_NAME,
    MIGRATION_NAME,
    PASSWORD_NAME,
)
from hanbench.protocol.zigbee import (
    aps,
    aps_commands,
    attributes,
    certificates,
    install_code,
    interpan,
    nwk,
    nwk_commands,
    ota_file,
    zcl,
    zcl_general,
    zdo,
)
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters import catalogue

Target = Callable[[bytes], object]


def _numbered(decode: Callable[[int, bytes], Any]) -> Target:
    """A decoder that is told a cluster number first: two octets stand for it."""
    return lambda data: decode(int.from_bytes(data[:2], "little"), data[2:])


def _general(data: bytes) -> object:
    return zcl_general.decode(zcl.decode(data))


def _of_cluster(cluster: int, data: bytes) -> object:
    return catalogue.decode(cluster, zcl.decode(data))


def _digits(data: bytes) -> object:
    return utrn_gbcs.decode(data.decode("latin-1"))


def _frame(data: bytes) -> object:
    """A whole frame, as one that listens on the air takes it apart."""
    mac = ieee802154.decode(data + ieee802154.fcs(data))
    network = nwk.decode(mac.payload)
    return aps.decode(network.payload)


def _captured(data: bytes) -> object:
    """A capture file of any format, and what each of its packets carries."""
    return [unwrap(packet) for packet in read_packets(data)]


def _packet(data: bytes) -> object:
    """A packet of whatever link type its first octet chooses."""
    link_type = LINK_TYPES[data[0] % len(LINK_TYPES)] if data else WITH_FCS
    return unwrap(CapturedPacket(number=1, link_type=link_type, data=data[1:]))


def _explained(data: bytes) -> object:
    """A frame as `hanbench decode` prints it: it says what is wrong, and never raises."""
    told = FrameReader(read_keys(KEYS)).frame(data, has_fcs=bool(data) and bool(data[0] & 4))
    return brief({}, told), record({}, told)


def _explained_envelope(data: bytes) -> object:
    told = Dissection(data)
    EnvelopeReader(read_keys(KEYS)).envelope(told, data)
    return brief({}, told), record({}, told)


TARGETS: Mapping[str, Target] = {
    "answer.decode": answer.decode,
    "answer.decode_log_page": answer.decode_log_page,
    "answer.decode_reading": answer.decode_reading,
    "answer.decode_status": answer.decode_status,
    "answer.decode_utrn": answer.decode_utrn,
    "captures.link.unwrap": _packet,
    "captures.read_packets": _captured,
    "dissection.envelope": _explained_envelope,
    "dissection.frame": _explained,
    "dissection.keys.read_keys": read_keys,
    "frame": _frame,
    "hub_command.decode_alert": hub_command.decode_alert,
    "hub_command.decode_answer": hub_command.decode_answer,
    "hub_command.decode_command": hub_command.decode_command,
    "ieee802154.decode": ieee802154.decode,
    "ieee802154_commands.decode": ieee802154_commands.decode,
    "ieee802154_commands.decode_beacon": ieee802154_commands.decode_beacon,
    "instruction.decode": instruction.decode,
    "command.decode_command": command.decode_command,
    "migration.authorisation.decode": partial(authorisation.decode, name=AUTHORISATION_NAME),
    "migration.commissioning.decode_commissioning": commissioning.decode_commissioning,
    "migration.commissioning.decode_outcomes": commissioning.decode_outcomes,
    "migration.common_file.decode": common_file.decode,
    "migration.demand.decode": partial(demand.decode, name=COMMIT_NAME),
    "migration.dormant_schedule.decode_firmware": partial(
        dormant_schedule.decode_firmware, name=FIRMWARE_NAME
    ),
    "migration.dormant_schedule.decode_migration": partial(
        dormant_schedule.decode_migration, name=MIGRATION_NAME
    ),
    "migration.file_sets.decode_dco": file_sets.decode_dco,
    "migration.file_sets.decode_s1sp": file_sets.decode_s1sp,
    "migration.protected_file.decode_password": partial(
        protected_file.decode_password,
        name=PASSWORD_NAME,
        authorisation=parse_stamped(AUTHORISATION_NAME),
    ),
    "migration.signature.decode": signature.decode,
    "tunnel_segments.decode": tunnel_segments.decode,
    "utrn_gbcs.decode": _digits,
    "wan.decode": wan.decode,
    "zep.decode": zep.decode,
    "zigbee.aps.decode": aps.decode,
    "zigbee.aps_commands.decode": aps_commands.decode,
    "zigbee.attributes.decode": attributes.decode,
    "zigbee.certificates.decode": lambda data: certificates.decode(data, Suite.SUITE_1),
    "zigbee.certificates.decode-2": lambda data: certificates.decode(data, Suite.SUITE_2),
    "zigbee.clusters.catalogue.decode": _numbered(_of_cluster),
    "zigbee.install_code.decode": install_code.decode,
    "zigbee.interpan.decode": interpan.decode,
    "zigbee.nwk.decode": nwk.decode,
    "zigbee.nwk_commands.decode": nwk_commands.decode,
    "zigbee.ota_file.decode": ota_file.decode,
    "zigbee.zcl.decode": zcl.decode,
    "zigbee.zcl_general.decode": _general,
    "zigbee.zdo.decode": _numbered(zdo.decode),
}


def try_target(name: str, data: bytes) -> None:
    """Give octets to a decoder; raise whatever is no named error."""
    try:
        TARGETS[name](data)
    except CaptureError as error:
        if error.at is None and "link type" not in error.reason:
            raise AssertionError(f"{name} names no octet for {data.hex()}") from error
    except DecodeError as error:
        if not error.field:
            raise AssertionError(f"{name} names no field for {data.hex()}") from error
