"""Finds the UDP payload inside Ethernet, Linux cooked, loopback and raw IP packets.

Source: RFC 791, 8200 and 768; LINKTYPE pages of the pcap registry. Big-endian, except the loopback
header, which has the byte order of whoever captured.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

_UDP = 17
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN_TAGS = (0x8100, 0x88A8)
_FRAGMENT = 0x1FFF | 0x2000
_UDP_HEADER_OCTETS = 8
_IPV6_HEADER_OCTETS = 40


class Datagram(NamedTuple):
    """What UDP carries, and to which port."""

    source_port: int
    target_port: int
    payload: bytes
    at: int
    """Where the payload begins in the packet."""


def datagram_of(link_type: int, data: bytes) -> Datagram | None:
    """Return the UDP datagram in a packet; None if it is something else, or cut short."""
    network = _NETWORKS[link_type](data)
    if network is None:
        return None
    begins, ends = _transport(network)
    transport = network[begins:ends]
    if len(transport) < _UDP_HEADER_OCTETS:
        return None
    length = int.from_bytes(transport[4:6], "big")
    if not _UDP_HEADER_OCTETS <= length <= len(transport):
        return None
    return Datagram(
        int.from_bytes(transport[0:2], "big"),
        int.from_bytes(transport[2:4], "big"),
        transport[_UDP_HEADER_OCTETS:length],
        len(data) - len(network) + begins + _UDP_HEADER_OCTETS,
    )


def _transport(network: bytes) -> tuple[int, int]:
    """Return where UDP begins and ends in an IP packet; nothing where there is none."""
    version = network[0] >> 4 if network else 0
    if version == 4 and len(network) >= 20:
        header_octets = 4 * (network[0] & 0x0F)
        total = int.from_bytes(network[2:4], "big")
        is_whole = not int.from_bytes(network[6:8], "big") & _FRAGMENT
        if network[9] == _UDP and is_whole:
            return header_octets, total  # behind the total is an Ethernet frame's padding
    if version == 6 and len(network) >= _IPV6_HEADER_OCTETS and network[6] == _UDP:
        return _IPV6_HEADER_OCTETS, len(network)
    return 0, 0


def _ethernet(data: bytes) -> bytes | None:
    at = 12
    while int.from_bytes(data[at : at + 2], "big") in _VLAN_TAGS:
        at += 4
    return _if_ip(data[at : at + 2], data[at + 2 :])


def _if_ip(ether_type: bytes, data: bytes) -> bytes | None:
    return data if int.from_bytes(ether_type, "big") in (_IPV4, _IPV6) else None


_NETWORKS: Mapping[int, Callable[[bytes], bytes | None]] = MappingProxyType(
    {
        0: lambda data: data[4:],
        1: _ethernet,
        12: lambda data: data,
        101: lambda data: data,
        113: lambda data: _if_ip(data[14:16], data[16:]),
        228: lambda data: data,
        229: lambda data: data,
        276: lambda data: _if_ip(data[0:2], data[20:]),
    }
)
UDP_LINK_TYPES = frozenset(_NETWORKS)
"""Loopback, Ethernet, raw IP, Linux cooked 1, IPv4, IPv6, Linux cooked 2."""
