"""The tunnels that a device serves: asked for, given back, closed when nobody uses them.

Source: ZigBee Smart Energy Standard (07-5356), section D.6, as collected in han.md section 6. Each
meter has had the first tunnel since it joined, for its hub alone [M]; it is kept for good. What is
carried is of a manufacturer's own protocol: HAN-WAN-M1 envelopes in segments [M].

    Request Tunnel ─> number ─> Transfer Data ... ─> Close Tunnel
                                  └── unused for CloseTunnelTimeout ─> Tunnel Closure Notification
"""

from dataclasses import dataclass
from typing import Final

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.endpoints import MANUFACTURER
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.tunnelling import (
    CloseTunnel,
    GetProtocols,
    RequestTunnel,
    RequestTunnelResponse,
    SupportedProtocol,
    SupportedProtocols,
    TransferErrorToClient,
    TransferStatus,
    TransferToServer,
    TunnelClosed,
    TunnelProtocol,
    TunnelStatus,
)
from hanbench.protocol.zigbee.zcl import ZclStatus

FIRST_TUNNEL: Final = 1
NO_TUNNEL: Final = 0xFFFF
"""The number in an answer that gives none."""
TUNNELS_MAX: Final = 4
"""How many may be asked for at a time [M]."""
CLOSE_TIMEOUT_S: Final = 600
"""CloseTunnelTimeout: how long a tunnel may go unused [M]."""
CARRIED: Final = SupportedProtocol(MANUFACTURER, TunnelProtocol.MANUFACTURER_DEFINED)
ATTRIBUTES: Final = {
    int(tunnelling.AttributeId.CLOSE_TUNNEL_TIMEOUT): AttributeValue(
        DataType.UINT16, CLOSE_TIMEOUT_S
    )
}


@dataclass(slots=True)
class _Tunnel:
    client: Eui64
    used_at: Instant
    is_kept: bool = False


class TunnelServer:
    """The tunnels of one device."""

    def __init__(self, partner: Eui64 | None = None) -> None:
        self._partner = partner
        self._open: dict[int, _Tunnel] = {}
        self._given = FIRST_TUNNEL
        self.restart()

    @property
    def deadline(self) -> Instant | None:
        """When `expire` is next due."""
        if len(self._open) == (self._partner is not None):
            return None
        used_at = min(one.used_at for one in self._open.values() if not one.is_kept)
        return after(used_at, CLOSE_TIMEOUT_S * SECOND_US)

    def restart(self) -> None:
        """Lose the tunnels that were asked for; the first one is kept."""
        self._open.clear()
        if self._partner is not None:
            self._open[FIRST_TUNNEL] = _Tunnel(self._partner, Instant(0), is_kept=True)

    def take(
        self, command: tunnelling.Command, client: Eui64, now: Instant
    ) -> tunnelling.Command | ZclStatus | None:
        """Return the answer to a client; None for data that goes through."""
        match command:
            case RequestTunnel():
                return self._request(command, client, now)
            case CloseTunnel(number):
                return self._close(number, client)
            case TransferToServer(number):
                return self._transfer(number, client, now)
            case GetProtocols(offset=offset):
                listed = () if offset else (CARRIED,)
                return SupportedProtocols(is_complete=True, protocols=listed)
            case _:
                return ZclStatus.UNSUPPORTED_CLUSTER_COMMAND

    def expire(self, now: Instant) -> list[tuple[Eui64, TunnelClosed]]:
        """Close what has gone unused for too long; return whom to tell."""
        oldest = now - CLOSE_TIMEOUT_S * SECOND_US
        over = [
            (number, one)
            for number, one in self._open.items()
            if one.used_at <= oldest and not one.is_kept
        ]
        for number, _ in over:
            del self._open[number]
        return [(one.client, TunnelClosed(number)) for number, one in over]

    def _request(self, asked: RequestTunnel, client: Eui64, now: Instant) -> RequestTunnelResponse:
        is_carried = SupportedProtocol(asked.manufacturer, asked.protocol) == CARRIED
        status = TunnelStatus.SUCCESS
        if not is_carried:
            status = TunnelStatus.PROTOCOL_NOT_SUPPORTED
        elif asked.has_flow_control:
            status = TunnelStatus.FLOW_CONTROL_NOT_SUPPORTED
        elif sum(not one.is_kept for one in self._open.values()) >= TUNNELS_MAX:
            status = TunnelStatus.NO_MORE_TUNNEL_IDS
        if status is not TunnelStatus.SUCCESS:
            return RequestTunnelResponse(NO_TUNNEL, status)
        self._given = self._given % (NO_TUNNEL - 1) + 1
        while self._given in self._open:
            self._given += 1
        self._open[self._given] = _Tunnel(client, now)
        return RequestTunnelResponse(self._given, status)

    def _close(self, number: int, client: Eui64) -> ZclStatus:
        tunnel = self._open.get(number)
        if tunnel is None:
            return ZclStatus.NOT_FOUND
        if tunnel.client != client or tunnel.is_kept:
            return ZclStatus.NOT_AUTHORISED
        del self._open[number]
        return ZclStatus.SUCCESS

    def _transfer(self, number: int, client: Eui64, now: Instant) -> TransferErrorToClient | None:
        tunnel = self._open.get(number)
        if tunnel is None:
            return TransferErrorToClient(number, TransferStatus.NO_SUCH_TUNNEL)
        if tunnel.client != client:
            return TransferErrorToClient(number, TransferStatus.WRONG_DEVICE)
        tunnel.used_at = now
        return None
