"""Octets that each decoder can read: a fuzzer that begins from others learns little in 10 s.

Frames, certificates and codes come from the vectors that others made; of the codecs that no vector
holds, one message of each kind is written here.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hanbench.harness.captures import pcapng
from hanbench.harness.captures.link import TAP, WITH_FCS
from hanbench.harness.captures.udp import UDP_LINK_TYPES
from hanbench.protocol import (
    answer,
    command,
    hub_command,
    ieee802154_commands,
    instruction,
    tunnel_segments,
    wan,
    zep,
)
from hanbench.protocol.answer import AnswerMessage, LogLine, LogPage, Outcome, UtrnResult
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.ieee802154_commands import AssociationStatus, Beacon
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.migration import signature
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zep import ZepPacket
from hanbench.protocol.zigbee import (
    aps_commands,
    attributes,
    interpan,
    nwk,
    nwk_commands,
    ota_file,
)
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
FILES = VECTORS.parent / "migration"
LIFE = json.loads((VECTORS / "han_frames_generated.json").read_text("utf-8"))
KEYS = "\n".join(
    f"{kind} {LIFE[name]}"
    for kind, name in (
        ("network", "network_key"),
        ("network", "network_key_2"),
        ("link", "cbke_link_key"),
        ("link", "tc_link_key"),
        ("link", "app_link_key"),
    )
).encode()
TRANSPORT = Key(KeyUsage.TRANSPORT, bytes(range(16)), is_test_material=True)
LINK_TYPES = (TAP, *sorted(UDP_LINK_TYPES), WITH_FCS)
"""A packet's first octet chooses one of them."""
APS_SECURED = 0x20
ONE, OTHER, SHORT = Eui64(0x00DB1234567890A1), Eui64(8), ShortAddress(0x1234)

STATUS = answer.SuaStatus(
    current_version=1,
    staged_version=2,
    max_version=2,
    last_counter=9,
    failures=0,
    locked_remaining_s=60,
)

Seeds = Callable[[], Iterable[bytes]]


def _vectors(name: str, part: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))[part]
    return told


def frames() -> list[bytes]:
    """A home's life on the air, FCS included."""
    return [bytes.fromhex(frame["frame_with_fcs"]) for frame in LIFE["frames"]]


def _networks() -> list[bytes]:
    """What stands behind the MAC headers of a home's life, where that is a frame of the NWK."""
    return [bare for bare in (frame[9:-2] for frame in frames()) if _is_read(bare)]


def _is_read(bare: bytes) -> bool:
    try:
        nwk.decode(bare)
    except DecodeError:
        return False
    return True


def _applications(*, of_zdo: bool) -> list[tuple[bytes, bytes]]:
    """APS header and payload of the commands that tshark has read."""
    told = [
        (bytes.fromhex(one["aps_header"]), bytes.fromhex(one["zcl_or_zdo"]))
        for one in _vectors("zcl_se", "frames")
    ]
    return [(header, data) for header, data in told if (header[4:6] == bytes(2)) is of_zdo]


def _numbered(*, of_zdo: bool) -> list[bytes]:
    """The same, with the cluster's number before the payload."""
    return [header[2:4] + data for header, data in _applications(of_zdo=of_zdo)]


def _zcl() -> list[bytes]:
    return [data for _, data in _applications(of_zdo=False)]


def _aps() -> list[bytes]:
    """The same behind their APS headers, as they are once they are decrypted."""
    both = [*_applications(of_zdo=True), *_applications(of_zdo=False)]
    return [bytes((header[0] & ~APS_SECURED,)) + header[1:] + data for header, data in both]


def _packets() -> list[bytes]:
    """A frame behind a TAP header, and one in ZEP, UDP and IP; the link type stands first."""
    fcs_type = b"\0\0\x0c\0" + b"\0\0\1\0\1\0\0\0"
    (heard,) = _zep()
    udp = b"\x9c\x40\x45\x5a" + (8 + len(heard)).to_bytes(2, "big") + b"\0\0" + heard
    ip = b"\x45\0" + (20 + len(udp)).to_bytes(2, "big") + bytes(5) + b"\x11" + bytes(10) + udp
    return [b"\0" + fcs_type + frames()[0], bytes((LINK_TYPES.index(101),)) + ip]


def _capture() -> list[bytes]:
    packets = [pcapng.packet(0, 1, frame, "seed") for frame in frames()[:3]]
    return [pcapng.section_header() + pcapng.interface("seed") + b"".join(packets)]


def _zep() -> list[bytes]:
    return [zep.encode(ZepPacket(frame=frames()[1], at_ns=0, sequence=1))]


def _envelopes() -> list[bytes]:
    return [
        wan.encode(
            Envelope(
                kind=kind,
                originator=ONE,
                target=OTHER,
                message_id=9,
                originator_counter=10,
                payload=payload,
            ),
            TRANSPORT,
        )
        for kind in EnvelopeKind
        for payload in (b"", _instructions()[0])
    ]


def _answers() -> list[bytes]:
    told = _vectors("sua_answers", "answers")
    return [
        answer.encode(
            AnswerMessage(
                outcome=Outcome[one["outcome"]],
                key_version=one["key_version"],
                last_counter=one["last_counter"],
                payload=bytes.fromhex(one["payload"]),
                mac=bytes.fromhex(one["mac"]),
            )
        )
        for one in told
    ]


def _instructions() -> list[bytes]:
    wrapped = bytes(24), bytes(3)
    return [
        instruction.encode(one)
        for one in (
            instruction.ReadRegister(1, next(iter(instruction.Register))),
            instruction.ReadSuaStatus(2),
            instruction.ReadLog(3, next(iter(instruction.LogName)), 0, 8),
            instruction.SetClock(4, 5),
            instruction.SetTariff(6, 7, 8),
            instruction.SetPaymentMode(9, next(iter(instruction.PaymentMode))),
            instruction.ArmSupply(10),
            instruction.RotateSuaKey(11, 2, *wrapped),
            instruction.PrepareRotation(12, 2, *wrapped),
            instruction.ProveRotation(13, 2, bytes(16)),
            instruction.ConfirmRotation(14, 2),
            instruction.AddCreditUtrn(15, "00000285770438722302"),
        )
    ]


def _commands() -> list[bytes]:
    return [
        command.encode_command(
            command.Command(
                bytes.fromhex(one["instruction"]),
                command.Authorisation(
                    one["key_version"], one["counter"], bytes.fromhex(one["full"])
                ),
            )
        )
        for one in _vectors("sua_codes", "vectors")
    ] + [command.encode_command(command.Command(_instructions()[0]))]


def _hub_commands() -> list[bytes]:
    code = bytes.fromhex(_vectors("install_codes", "valid")[0]["code_with_crc"])
    return [
        hub_command.encode_command(one)
        for one in (
            hub_command.CancelBuffered(ONE),
            hub_command.ListBuffered(ONE),
            hub_command.ClearBuffered(),
            hub_command.LogDevice(device=ONE, window_s=60, install_code=code),
            hub_command.UnlogDevice(ONE),
        )
    ]


def _hub_answers() -> list[bytes]:
    return [
        hub_command.encode_answer(one)
        for one in (
            hub_command.Cancelled(1),
            hub_command.TooLate(),
            hub_command.NotFound(),
            hub_command.Buffered((1, 2)),
            hub_command.Logged(1),
            hub_command.Unlogged(),
            hub_command.BadInstallCode("install_code.crc"),
        )
    ]


def _network_commands() -> list[bytes]:
    kinds = nwk_commands
    return [
        nwk_commands.encode(one)
        for one in (
            kinds.RouteRequest(options=0, identifier=1, target=SHORT, path_cost=2),
            kinds.RouteRequest(
                options=0x20, identifier=1, target=SHORT, path_cost=2, target_eui64=ONE
            ),
            kinds.RouteReply(
                options=0x30,
                identifier=1,
                originator=SHORT,
                responder=SHORT,
                path_cost=2,
                originator_eui64=ONE,
                responder_eui64=OTHER,
            ),
            kinds.NetworkStatus(next(iter(kinds.StatusCode)), SHORT),
            kinds.Leave(rejoin=True),
            kinds.RouteRecord((SHORT, SHORT)),
            kinds.RejoinRequest(0x80),
            kinds.RejoinResponse(SHORT, 0),
            kinds.LinkStatus(links=(kinds.Link(SHORT, 1, 2), kinds.Link(SHORT, 3, 4))),
            kinds.NetworkReport(ONE, (PanId(1), PanId(2))),
            kinds.NetworkUpdate(ONE, 3, PanId(1)),
            kinds.EndDeviceTimeoutRequest(8),
            kinds.EndDeviceTimeoutResponse(0, 1),
        )
    ]


def _aps_commands() -> list[bytes]:
    key, kinds = bytes(16), aps_commands
    return [
        aps_commands.encode(one)
        for one in (
            kinds.TransportNetworkKey(key=key, key_sequence=1, target=ONE, source=OTHER),
            kinds.TransportApplicationLinkKey(key=key, partner=ONE, is_initiator=True),
            kinds.TransportTrustCentreLinkKey(key=key, target=ONE, source=OTHER),
            kinds.UpdateDevice(device=ONE, short=SHORT, status=next(iter(kinds.DeviceStatus))),
            kinds.RemoveDevice(ONE),
            kinds.RequestApplicationLinkKey(ONE),
            kinds.RequestTrustCentreLinkKey(),
            kinds.SwitchKey(1),
            kinds.Tunnel(ONE, bytes(20)),
            kinds.VerifyKey(ONE, key),
            kinds.ConfirmKey(0, 4, ONE),
        )
    ]


def _attributes() -> list[bytes]:
    value: dict[DataType, str | bytes] = {
        DataType.OCTETS: b"abc",
        DataType.TEXT: "abc",
        DataType.KEY128: bytes(16),
    }
    return [attributes.encode(AttributeValue(kind, value.get(kind, 1))) for kind in DataType]


def _certificates(suite: int) -> list[bytes]:
    told = _vectors("cbke", "certificates")
    return [bytes.fromhex(one["certificate"]) for one in told if one["suite"] == suite]


def _beacons() -> list[bytes]:
    return [
        ieee802154_commands.encode_beacon(
            Beacon(is_coordinator=yes, permits_joining=yes, extended_pan=ONE, depth=1)
        )
        for yes in (True, False)
    ]


SEEDS: Mapping[str, Seeds] = {
    "answer.decode": _answers,
    "answer.decode_log_page": lambda: [
        answer.encode_log_page(LogPage(2, (LogLine(1, 0x8F12, "said"), LogLine(2, 3, ""))))
    ],
    "answer.decode_reading": lambda: [
        answer.encode_reading(answer.RegisterReading(next(iter(instruction.Register)), 7))
    ],
    "answer.decode_status": lambda: [answer.encode_status(STATUS)],
    "answer.decode_utrn": lambda: [
        answer.encode_utrn(answer.UtrnAnswer(UtrnResult.ACCEPTED, 1_000, 2_000))
    ],
    "captures.link.unwrap": _packets,
    "captures.read_packets": _capture,
    "command.decode_command": _commands,
    "dissection.envelope": _envelopes,
    "dissection.frame": frames,
    "dissection.keys.read_keys": lambda: [KEYS, b'"00:11","Normal","x"\ninstall-code 83\n# x'],
    "frame": lambda: [frame[:-2] for frame in frames()],
    "hub_command.decode_alert": lambda: [
        hub_command.encode_alert(hub_command.Alert(0x8F12, "not on the device log"))
    ],
    "hub_command.decode_answer": _hub_answers,
    "hub_command.decode_command": _hub_commands,
    "ieee802154.decode": frames,
    "ieee802154_commands.decode": lambda: [
        ieee802154_commands.encode(one)
        for one in (
            ieee802154_commands.AssociationRequest(0x8E),
            ieee802154_commands.AssociationResponse(SHORT, AssociationStatus(0)),
            ieee802154_commands.DataRequest(),
            ieee802154_commands.BeaconRequest(),
        )
    ],
    "ieee802154_commands.decode_beacon": _beacons,
    "instruction.decode": _instructions,
    "migration.signature.decode": lambda: [signature.encode(signature.Signature(Eui64(7), 1, 2))],
    "tunnel_segments.decode": lambda: [
        tunnel_segments.encode(tunnel_segments.Segment(300, at, b"chunk")) for at in (0, 80)
    ],
    "utrn_gbcs.decode": lambda: [b"73943333457189043313", b"73947252416745201637"],
    "wan.decode": _envelopes,
    "zep.decode": _zep,
    "zigbee.aps.decode": _aps,
    "zigbee.aps_commands.decode": _aps_commands,
    "zigbee.attributes.decode": _attributes,
    "zigbee.certificates.decode": lambda: _certificates(1),
    "zigbee.certificates.decode-2": lambda: _certificates(2),
    "zigbee.clusters.catalogue.decode": lambda: _numbered(of_zdo=False),
    "zigbee.install_code.decode": lambda: [
        bytes.fromhex(one["code_with_crc"]) for one in _vectors("install_codes", "valid")
    ],
    "zigbee.interpan.decode": lambda: [
        interpan.encode(interpan.InterPanFrame(cluster=0x1000, profile=0xC05E, payload=b"\1\0\0"))
    ],
    "zigbee.nwk.decode": _networks,
    "zigbee.nwk_commands.decode": _network_commands,
    "zigbee.ota_file.decode": lambda: [
        ota_file.encode(ota_file.OtaFile(ImageId(0x10C7, 0x0502, 2), "synthetic", bytes(20)))
    ],
    "zigbee.zcl.decode": _zcl,
    "zigbee.zcl_general.decode": _zcl,
    "zigbee.zdo.decode": lambda: _numbered(of_zdo=True),
}
"""By decoder; those of migration files begin from the shipped examples."""


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Return octets that a decoder can read, one message of each kind."""
    if name in SEEDS:
        return tuple(SEEDS[name]())
    assert name.startswith("migration."), f"no octets to begin with for {name}"
    return tuple(path.read_bytes() for path in sorted(FILES.iterdir()))
