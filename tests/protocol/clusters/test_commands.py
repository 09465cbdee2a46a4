"""Cluster commands: the known octets, every command there and back, and nothing left over."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import (
    calendar,
    catalogue,
    demand_response,
    device_management,
    events,
    messaging,
    metering,
    ota_upgrade,
    prepayment,
    price,
    tunnelling,
)
from hanbench.protocol.zigbee.clusters.catalogue import COMMAND_SETS, ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

VECTORS = Path(__file__).parents[3] / "fixtures" / "vectors"
FRAMES = {row["name"]: row for row in json.loads((VECTORS / "zcl_se.json").read_text())["frames"]}
IDS = json.loads((VECTORS / "tshark_se_ids.json").read_text())["tables"]

READ_BY_TSHARK: dict[str, ClusterCommand] = {
    "price_publish": price.PublishPrice(
        provider_id=287454020,
        rate_label=b"DAY1",
        issuer_event_id=20481,
        current_utc=757382400,
        unit_of_measure=0,
        digit_and_tier=0x22,
        tiers_and_register=0x21,
        start_utc=757382400,
        duration_minutes=65535,
        price=2530,
        tail=price.PriceTail(),
    ),
    "price_get_current": price.GetCurrentPrice(options=0),
    "messaging_display": messaging.DisplayMessage(
        message_id=7,
        control=messaging.MessageControl.CONFIRMATION | messaging.MessageControl.IMPORTANCE_HIGH,
        start_utc=757382400,
        duration_minutes=60,
        text="Hello meter",
        extended_control=0,
    ),
    "tunnel_request": tunnelling.RequestTunnel(protocol=tunnelling.TunnelProtocol.DLMS_COSEM),
    "tunnel_request_rsp": tunnelling.RequestTunnelResponse(1, tunnelling.TunnelStatus.SUCCESS),
    "tunnel_transfer": tunnelling.TransferToServer(1, bytes.fromhex("01020304")),
    "prepay_topup": prepayment.ConsumerTopUp(
        prepayment.OriginatingDevice.IN_HOME_DISPLAY, b"12345678901234567890"
    ),
    "prepay_topup_rsp": prepayment.ConsumerTopUpResponse(
        prepayment.TopUpResult.ACCEPTED,
        1000,
        prepayment.OriginatingDevice.ENERGY_SERVICE_INTERFACE,
        2000,
    ),
    "event_publish": events.PublishEvent(
        log=events.LogId.TAMPER, event_id=0x0205, event_utc=757382400, control=1
    ),
}
OPEN_ENDED = (
    tunnelling.TransferToServer,
    tunnelling.TransferToClient,
    metering.PublishSnapshot,
    prepayment.PublishPrepaySnapshot,
)
"""Commands whose last field takes any octets."""
LEGAL_BEGINNINGS = {
    price.PublishPrice: [33],
    messaging.DisplayMessage: [23],
    messaging.DisplayProtectedMessage: [20],
    messaging.MessageConfirmation: [8],
    metering.MirrorReportAttributeResponse: [1, 5],
    prepayment.PublishTopUpLog: [2],
    prepayment.PublishDebtLog: [2],
    calendar.PublishDayProfile: [17, 20],
    calendar.PublishSeasons: [14],
    calendar.PublishSpecialDays: [20],
    device_management.ReportEventConfiguration: [2, 5],
    demand_response.GetScheduledEvents: [5],
}
"""Lengths at which a shorter form of a command ends: SE 1.0's, or fewer entries of a list."""


def cluster_of(row: dict[str, Any]) -> int:
    return int.from_bytes(bytes.fromhex(row["aps_header"])[2:4], "little")


def decode_payload(
    cluster: ClusterId, frame: zcl.ZclFrame, payload: bytes
) -> ClusterCommand | None:
    changed = zcl.ZclFrame(
        frame_type=frame.frame_type,
        direction=frame.direction,
        sequence=frame.sequence,
        command_id=frame.command_id,
        payload=payload,
    )
    try:
        command: ClusterCommand = COMMAND_SETS[cluster].decode(changed)
    except DecodeError:
        return None
    return command


@pytest.mark.parametrize("name", READ_BY_TSHARK)
def test_a_frame_that_tshark_reads_decodes_to_the_same_fields(name: str) -> None:
    row = FRAMES[name]
    octets = bytes.fromhex(row["zcl_or_zdo"])
    frame = zcl.decode(octets)

    command = catalogue.decode(cluster_of(row), frame)

    assert command == READ_BY_TSHARK[name]
    again = COMMAND_SETS[cluster_of(row)].encode(READ_BY_TSHARK[name], sequence=frame.sequence)
    assert zcl.encode(again) == octets


def test_each_supported_command_has_an_example(
    examples: list[tuple[ClusterId, ClusterCommand]],
) -> None:
    with_example = {type(command) for _, command in examples}

    assert with_example == set(catalogue.ClusterCommand.__args__)


def test_a_command_comes_back_from_the_wire(cluster: ClusterId, command: ClusterCommand) -> None:
    frame = COMMAND_SETS[cluster].encode(command, sequence=9, disable_default_response=False)

    assert catalogue.decode(cluster, zcl.decode(zcl.encode(frame))) == command
    assert frame.sequence == 9
    assert not frame.disable_default_response


def test_a_truncated_command_is_refused(cluster: ClusterId, command: ClusterCommand) -> None:
    frame = COMMAND_SETS[cluster].encode(command, sequence=0)
    shorter = range(len(frame.payload))

    read = [n for n in shorter if decode_payload(cluster, frame, frame.payload[:n]) is not None]

    if isinstance(command, OPEN_ENDED):
        assert read == list(range(read[0], len(frame.payload)))
    else:
        assert read == LEGAL_BEGINNINGS.get(type(command), [])


def test_octets_behind_a_command_are_refused(cluster: ClusterId, command: ClusterCommand) -> None:
    frame = COMMAND_SETS[cluster].encode(command, sequence=0)

    longer = decode_payload(cluster, frame, frame.payload + b"\x00")

    assert (longer is not None) == isinstance(command, OPEN_ENDED)


@settings(max_examples=25)
@given(data=st.data())
def test_whatever_decodes_is_written_alike_again(
    cluster: ClusterId, command: ClusterCommand, data: st.DataObject
) -> None:
    frame = COMMAND_SETS[cluster].encode(command, sequence=0)
    length = len(frame.payload)
    payload = data.draw(st.binary(min_size=length, max_size=length) | st.binary(max_size=60))

    read = decode_payload(cluster, frame, payload)

    if read is not None:
        again = COMMAND_SETS[cluster].encode(read, sequence=0)
        assert again.payload == payload
        assert decode_payload(cluster, again, again.payload) == read


@pytest.mark.parametrize(
    ("cluster", "table"),
    [
        (ClusterId.CALENDAR, "calendar"),
        (ClusterId.DEMAND_RESPONSE, "drlc"),
        (ClusterId.DEVICE_MANAGEMENT, "device_management"),
        (ClusterId.OTA_UPGRADE, "general.ota"),
        (ClusterId.PRICE, "price"),
        (ClusterId.METERING, "met"),
        (ClusterId.MESSAGING, "msg"),
        (ClusterId.TUNNELLING, "tun"),
        (ClusterId.PREPAYMENT, "pp"),
        (ClusterId.EVENTS, "events"),
    ],
)
def test_command_numbers_are_those_that_tshark_knows(
    cluster: ClusterId, table: str, examples: list[tuple[ClusterId, ClusterCommand]]
) -> None:
    for command in [command for owner, command in examples if owner is cluster]:
        frame = COMMAND_SETS[cluster].encode(command, sequence=0)
        sender = "tx" if frame.direction is zcl.Direction.SERVER_TO_CLIENT else "rx"
        full = f"zbee_zcl_{table}" if "." in table else f"zbee_zcl_se.{table}"
        known = IDS[f"{full}.cmd.srv_{sender}.id"][f"{frame.command_id:#06x}"]
        words = {
            "TransferToServer": "TransferData",
            "TransferToClient": "TransferData",
            "TransferErrorToServer": "TransferDataError",
            "TransferErrorToClient": "TransferDataError",
            "GetProtocols": "GetSupportedTunnelProtocols",
            "SupportedProtocols": "SupportedTunnelProtocolsResponse",
            "TunnelClosed": "TunnelClosureNotification",
            "SelectEmergencyCredit": "SelectAvailableEmergencyCredit",
            "SetLowCreditWarning": "SetLowCreditWarningLevel",
            "ClearEventLog": "ClearEventLogRequest",
        }
        name = type(command).__name__
        assert known.replace(" ", "").lower() == words.get(name, name).lower()


def test_a_published_price_tells_its_tier_and_point() -> None:
    command = READ_BY_TSHARK["price_publish"]

    assert isinstance(command, price.PublishPrice)
    assert command.price_tier == 2
    assert command.trailing_digits == 2


def test_a_general_frame_is_no_cluster_command() -> None:
    frame = zcl.decode(bytes.fromhex(FRAMES["metering_read_req"]["zcl_or_zdo"]))

    with pytest.raises(DecodeError):
        metering.COMMANDS.decode(frame)


def test_a_manufacturers_command_is_not_taken_for_a_standard_one() -> None:
    frame = zcl.decode(bytes.fromhex("05 3412 01 05 01000000"))

    with pytest.raises(DecodeError):
        metering.COMMANDS.decode(frame)


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(DecodeError):
        catalogue.decode(ClusterId.METERING, zcl.decode(bytes.fromhex("01 01 7f")))


def test_a_cluster_without_commands_is_refused() -> None:
    with pytest.raises(DecodeError):
        catalogue.decode(ClusterId.KEEP_ALIVE, zcl.decode(bytes.fromhex("01 01 00")))


def test_a_general_command_is_read_whatever_the_cluster() -> None:
    frame = zcl.decode(bytes.fromhex("00 01 00 0000"))

    assert catalogue.decode(ClusterId.CALENDAR, frame) == catalogue.zcl_general.ReadAttributes((0,))


def test_a_command_of_another_cluster_does_not_encode() -> None:
    with pytest.raises(EncodeError):
        metering.COMMANDS.encode(price.GetCurrentPrice(options=0), sequence=0)  # type: ignore[arg-type]


def test_an_event_log_states_its_true_length() -> None:
    log = events.PublishEventLog(
        matching_total=1, index=0, index_total=1, count_and_control=0x20, events=()
    )

    with pytest.raises(EncodeError):
        events.COMMANDS.encode(log, sequence=0)


@pytest.mark.parametrize(
    "wrong",
    [
        ota_upgrade.QueryNextImageResponse(ota_upgrade.OtaStatus.SUCCESS),
        ota_upgrade.QueryNextImageResponse(
            ota_upgrade.OtaStatus.NO_IMAGE_AVAILABLE,
            ota_upgrade.OfferedImage(ota_upgrade.ImageId(1, 2, 3), 4),
        ),
        ota_upgrade.ImageBlockResponse(
            ota_upgrade.OtaStatus.WAIT_FOR_DATA,
            ota_upgrade.Block(ota_upgrade.ImageId(1, 2, 3), 0, b"x"),
        ),
        ota_upgrade.ImageBlockResponse(
            ota_upgrade.OtaStatus.ABORT,
            ota_upgrade.Block(ota_upgrade.ImageId(1, 2, 3), 0, b"x"),
        ),
        ota_upgrade.ImageNotify(
            names=ota_upgrade.NotifyPayload.JITTER, query_jitter=100, manufacturer=1
        ),
    ],
)
def test_a_field_that_the_status_forbids_or_lacks_does_not_encode(
    wrong: ota_upgrade.Command,
) -> None:
    with pytest.raises(EncodeError):
        ota_upgrade.COMMANDS.encode(wrong, sequence=0)


def test_a_week_has_seven_days() -> None:
    week = calendar.PublishWeekProfile(
        provider_id=1, issuer_event_id=1, calendar_id=1, week=1, days=(1, 1, 1, 1, 1, 2)
    )

    with pytest.raises(EncodeError):
        calendar.COMMANDS.encode(week, sequence=0)


def test_an_event_configuration_for_a_group_names_one_group() -> None:
    configuration = device_management.SetEventConfiguration(
        issuer_event_id=1,
        start_utc=0,
        configuration=1,
        apply_to=device_management.ApplyTo.GROUP,
        selectors=(1, 2),
    )

    with pytest.raises(EncodeError):
        device_management.COMMANDS.encode(configuration, sequence=0)


def test_a_cluster_knows_its_commands_by_number_and_direction_whatever_they_carry() -> None:
    asked = zcl.decode(bytes.fromhex("01 01 00"))

    assert price.COMMANDS.knows(asked)
    assert not price.COMMANDS.knows(asked._replace(command_id=0x77))
    assert not price.COMMANDS.knows(asked._replace(manufacturer=0x1234))
    assert not price.COMMANDS.knows(asked._replace(frame_type=zcl.FrameType.GENERAL))
