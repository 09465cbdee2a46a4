"""Tunnels: given on request, closed by their client or by time, and never another's."""

import pytest

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.zcl.tunnel_server import (
    CARRIED,
    CLOSE_TIMEOUT_S,
    FIRST_TUNNEL,
    NO_TUNNEL,
    TUNNELS_MAX,
    TunnelServer,
)
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.tunnelling import (
    CloseTunnel,
    GetProtocols,
    RequestTunnel,
    RequestTunnelResponse,
    SupportedProtocols,
    TransferErrorToClient,
    TransferErrorToServer,
    TransferStatus,
    TransferToServer,
    TunnelClosed,
    TunnelProtocol,
    TunnelStatus,
)
from hanbench.protocol.zigbee.zcl import ZclStatus

HUB, CLIENT, OTHER = Eui64(1), Eui64(2), Eui64(3)
NOW = Instant(0)
TIMEOUT_US = CLOSE_TIMEOUT_S * SECOND_US
WANTED = RequestTunnel(protocol=CARRIED.protocol, manufacturer=CARRIED.manufacturer)


def test_each_request_gives_a_number_of_its_own() -> None:
    server = TunnelServer(HUB)

    given = [server.take(WANTED, CLIENT, NOW) for _ in range(TUNNELS_MAX)]

    assert given == [RequestTunnelResponse(number, TunnelStatus.SUCCESS) for number in (2, 3, 4, 5)]
    assert server.take(WANTED, CLIENT, NOW) == RequestTunnelResponse(
        NO_TUNNEL, TunnelStatus.NO_MORE_TUNNEL_IDS
    )


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (
            RequestTunnel(protocol=TunnelProtocol.DLMS_COSEM),
            TunnelStatus.PROTOCOL_NOT_SUPPORTED,
        ),
        (RequestTunnel(protocol=CARRIED.protocol), TunnelStatus.PROTOCOL_NOT_SUPPORTED),
        (
            RequestTunnel(
                protocol=CARRIED.protocol, manufacturer=CARRIED.manufacturer, has_flow_control=True
            ),
            TunnelStatus.FLOW_CONTROL_NOT_SUPPORTED,
        ),
    ],
)
def test_what_is_not_carried_is_refused_by_name(
    request_: RequestTunnel, status: TunnelStatus
) -> None:
    answer = TunnelServer(HUB).take(request_, CLIENT, NOW)

    assert answer == RequestTunnelResponse(NO_TUNNEL, status)


def test_data_goes_through_the_tunnel_of_its_client_alone() -> None:
    server = TunnelServer(HUB)
    server.take(WANTED, CLIENT, NOW)

    assert server.take(TransferToServer(2, b"x"), CLIENT, NOW) is None
    assert server.take(TransferToServer(FIRST_TUNNEL, b"x"), HUB, NOW) is None
    assert server.take(TransferToServer(2, b"x"), OTHER, NOW) == TransferErrorToClient(
        2, TransferStatus.WRONG_DEVICE
    )
    assert server.take(TransferToServer(9, b"x"), CLIENT, NOW) == TransferErrorToClient(
        9, TransferStatus.NO_SUCH_TUNNEL
    )


def test_a_tunnel_is_closed_by_its_client_and_the_first_by_nobody() -> None:
    server = TunnelServer(HUB)
    server.take(WANTED, CLIENT, NOW)

    assert server.take(CloseTunnel(2), OTHER, NOW) is ZclStatus.NOT_AUTHORISED
    assert server.take(CloseTunnel(FIRST_TUNNEL), HUB, NOW) is ZclStatus.NOT_AUTHORISED
    assert server.take(CloseTunnel(2), CLIENT, NOW) is ZclStatus.SUCCESS
    assert server.take(CloseTunnel(2), CLIENT, NOW) is ZclStatus.NOT_FOUND


def test_an_unused_tunnel_is_closed_at_its_time_and_its_client_is_told() -> None:
    server = TunnelServer(HUB)
    assert server.deadline is None
    server.take(WANTED, CLIENT, NOW)
    assert server.deadline == TIMEOUT_US
    server.take(TransferToServer(2, b"x"), CLIENT, Instant(SECOND_US))

    assert server.expire(Instant(TIMEOUT_US)) == []
    assert server.deadline == TIMEOUT_US + SECOND_US
    assert server.expire(Instant(TIMEOUT_US + SECOND_US)) == [(CLIENT, TunnelClosed(2))]
    assert server.deadline is None


def test_a_restart_keeps_the_first_tunnel_alone() -> None:
    server = TunnelServer(HUB)
    server.take(WANTED, CLIENT, NOW)

    server.restart()

    assert isinstance(server.take(TransferToServer(2, b""), CLIENT, NOW), TransferErrorToClient)
    assert server.take(TransferToServer(FIRST_TUNNEL, b""), HUB, NOW) is None


def test_a_number_is_not_given_again_while_others_are_left() -> None:
    server = TunnelServer()
    first = server.take(WANTED, CLIENT, NOW)
    server.take(CloseTunnel(2), CLIENT, NOW)

    assert first == RequestTunnelResponse(2, TunnelStatus.SUCCESS)
    assert server.take(WANTED, CLIENT, NOW) == RequestTunnelResponse(3, TunnelStatus.SUCCESS)


def test_the_protocols_are_listed_once() -> None:
    server = TunnelServer()

    listed = server.take(GetProtocols(0), CLIENT, NOW)

    assert listed == SupportedProtocols(is_complete=True, protocols=(CARRIED,))
    assert server.take(GetProtocols(1), CLIENT, NOW) == SupportedProtocols(
        is_complete=True, protocols=()
    )


def test_what_a_server_sends_itself_is_no_request() -> None:
    error: tunnelling.Command = TransferErrorToServer(1, TransferStatus.DATA_OVERFLOW)

    answer = TunnelServer().take(error, CLIENT, NOW)

    assert answer is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
