"""MAC commands and beacons: there and back, every truncation and every trailing octet refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import ieee802154_commands as commands
from hanbench.protocol.errors import DecodeError, EncodeError

octets = st.integers(0, 255)
messages = st.one_of(
    st.builds(commands.AssociationRequest, octets),
    st.builds(
        commands.AssociationResponse,
        st.integers(0, 0xFFFF),
        st.sampled_from(commands.AssociationStatus),
    ),
    st.just(commands.DataRequest()),
    st.just(commands.BeaconRequest()),
)
beacons = st.builds(
    commands.Beacon,
    is_coordinator=st.booleans(),
    permits_joining=st.booleans(),
    extended_pan=st.integers(0, 2**64 - 1),
    depth=st.integers(0, 15),
    has_router_capacity=st.booleans(),
    has_end_device_capacity=st.booleans(),
    update_id=octets,
)


@given(messages)
def test_every_command_comes_back_as_it_was_and_whole(message: commands.MacCommand) -> None:
    data = commands.encode(message)

    assert commands.decode(data) == message
    for other in [data[:length] for length in range(len(data))] + [data + b"\0"]:
        with pytest.raises(DecodeError, match=r"^mac-command"):
            commands.decode(other)


@given(st.binary(max_size=6))
def test_any_octets_decode_or_are_refused_and_what_decodes_is_written_alike(data: bytes) -> None:
    try:
        message = commands.decode(data)
    except DecodeError:
        return
    assert commands.encode(message) == data


@given(beacons)
def test_every_beacon_comes_back_as_it_was_and_whole(beacon: commands.Beacon) -> None:
    data = commands.encode_beacon(beacon)

    assert commands.decode_beacon(data) == beacon
    for other in [data[:length] for length in range(len(data))] + [data + b"\0"]:
        with pytest.raises(DecodeError, match=r"^beacon"):
            commands.decode_beacon(other)


@given(st.data())
def test_a_beacon_with_one_bit_flipped_is_another_beacon_or_refused(data: st.DataObject) -> None:
    octets = bytearray(commands.encode_beacon(data.draw(beacons)))
    bit = data.draw(st.integers(0, 8 * len(octets) - 1))
    octets[bit // 8] ^= 1 << bit % 8

    try:
        beacon = commands.decode_beacon(bytes(octets))
    except DecodeError:
        return
    assert commands.encode_beacon(beacon) == bytes(octets)


def test_an_unknown_association_status_is_refused_by_name() -> None:
    with pytest.raises(DecodeError, match=r"mac-command\.status"):
        commands.decode(bytes.fromhex("02 0000 07"))


def test_a_depth_that_does_not_fit_has_no_octets() -> None:
    beacon = commands.Beacon(is_coordinator=True, permits_joining=False, extended_pan=1, depth=16)
    with pytest.raises(EncodeError, match="beacon"):
        commands.encode_beacon(beacon)


def test_a_capability_that_does_not_fit_has_no_octets() -> None:
    with pytest.raises(EncodeError, match=r"mac-command\.capability"):
        commands.encode(commands.AssociationRequest(256))
