"""NWK and APS commands and inter-PAN frames: there and back, whole, or refused by field."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.zigbee import aps_commands, interpan, nwk_commands
from hanbench.protocol.zigbee.aps import Delivery
from hanbench.protocol.zigbee.aps_commands import ApsCommand, DeviceStatus
from hanbench.protocol.zigbee.interpan import InterPanFrame
from hanbench.protocol.zigbee.nwk_commands import Link, LinkStatus, NwkCommand, StatusCode

octets = st.integers(0, 255)
shorts = st.integers(0, 0xFFFF)
longs = st.integers(0, 2**64 - 1)
secrets = st.binary(min_size=16, max_size=16)


@st.composite
def route_requests(draw: st.DrawFn) -> nwk_commands.RouteRequest:
    options = draw(octets)
    return nwk_commands.RouteRequest(
        options=options,
        identifier=draw(octets),
        target=draw(shorts),
        path_cost=draw(octets),
        target_eui64=draw(longs) if options & 0x20 else None,
    )


@st.composite
def route_replies(draw: st.DrawFn) -> nwk_commands.RouteReply:
    options = draw(octets)
    return nwk_commands.RouteReply(
        options=options,
        identifier=draw(octets),
        originator=draw(shorts),
        responder=draw(shorts),
        path_cost=draw(octets),
        originator_eui64=draw(longs) if options & 0x10 else None,
        responder_eui64=draw(longs) if options & 0x20 else None,
    )


links = st.builds(Link, shorts, st.integers(0, 7), st.integers(0, 7))
network_commands = st.one_of(
    route_requests(),
    route_replies(),
    st.builds(nwk_commands.NetworkStatus, st.sampled_from(StatusCode), shorts),
    st.builds(
        nwk_commands.Leave,
        rejoin=st.booleans(),
        is_request=st.booleans(),
        removes_children=st.booleans(),
    ),
    st.builds(nwk_commands.RouteRecord, st.lists(shorts, max_size=9).map(tuple)),
    st.builds(nwk_commands.RejoinRequest, octets),
    st.builds(nwk_commands.RejoinResponse, shorts, octets),
    st.builds(
        LinkStatus,
        links=st.lists(links, max_size=31).map(tuple),
        is_first=st.booleans(),
        is_last=st.booleans(),
    ),
    st.builds(nwk_commands.NetworkReport, longs, st.lists(shorts, max_size=31).map(tuple)),
    st.builds(nwk_commands.NetworkUpdate, longs, octets, shorts),
    st.builds(nwk_commands.EndDeviceTimeoutRequest, octets, octets),
    st.builds(nwk_commands.EndDeviceTimeoutResponse, octets, octets),
)
trust_centre_commands = st.one_of(
    st.builds(
        aps_commands.TransportNetworkKey,
        key=secrets,
        key_sequence=octets,
        target=longs,
        source=longs,
    ),
    st.builds(
        aps_commands.TransportApplicationLinkKey,
        key=secrets,
        partner=longs,
        is_initiator=st.booleans(),
    ),
    st.builds(aps_commands.TransportTrustCentreLinkKey, key=secrets, target=longs, source=longs),
    st.builds(
        aps_commands.UpdateDevice,
        device=longs,
        short=shorts,
        status=st.sampled_from(DeviceStatus),
    ),
    st.builds(aps_commands.RemoveDevice, longs),
    st.builds(aps_commands.RequestApplicationLinkKey, longs),
    st.just(aps_commands.RequestTrustCentreLinkKey()),
    st.builds(aps_commands.SwitchKey, octets),
    st.builds(aps_commands.VerifyKey, longs, secrets),
    st.builds(aps_commands.ConfirmKey, octets, octets, longs),
)
tunnels = st.builds(aps_commands.Tunnel, longs, st.binary(max_size=60))


@st.composite
def inter_pan_frames(draw: st.DrawFn) -> InterPanFrame:
    delivery = draw(st.sampled_from(Delivery))
    return InterPanFrame(
        cluster=draw(shorts),
        profile=draw(shorts),
        payload=draw(st.binary(max_size=40)),
        delivery=delivery,
        group=draw(shorts) if delivery is Delivery.GROUP else None,
    )


def refuses_all_but(data: bytes, decode: Callable[[bytes], object], name: str) -> None:
    for other in [data[:length] for length in range(len(data))] + [data + b"\0"]:
        with pytest.raises(DecodeError, match=f"^{name}"):
            decode(other)


@given(network_commands)
def test_every_network_command_comes_back_as_it_was_and_whole(command: NwkCommand) -> None:
    data = nwk_commands.encode(command)

    assert nwk_commands.decode(data) == command
    refuses_all_but(data, nwk_commands.decode, "nwk-command")


@given(trust_centre_commands)
def test_every_aps_command_comes_back_as_it_was_and_whole(command: ApsCommand) -> None:
    data = aps_commands.encode(command)

    assert aps_commands.decode(data) == command
    refuses_all_but(data, aps_commands.decode, "aps-command")


@given(tunnels)
def test_a_tunnelled_frame_comes_back_as_it_was(tunnel: aps_commands.Tunnel) -> None:
    assert aps_commands.decode(aps_commands.encode(tunnel)) == tunnel


@given(inter_pan_frames())
def test_every_inter_pan_frame_comes_back_as_it_was(frame: InterPanFrame) -> None:
    assert interpan.decode(interpan.encode(frame)) == frame


@given(st.binary(max_size=40), st.sampled_from([nwk_commands, aps_commands, interpan]))
def test_any_octets_decode_or_are_refused_and_what_decodes_is_written_alike(
    data: bytes, codec: object
) -> None:
    decode, encode = codec.decode, codec.encode  # type: ignore[attr-defined]
    starts = [bytes((first,)) for first in range(17)] + [b"\x0b\x00\x03", b"\x0b\x00\x0f"]
    for start in starts:
        try:
            message = decode(start + data)
        except DecodeError:
            continue
        assert encode(message) == start + data


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(DecodeError, match="no message begins with '0b00'"):
        aps_commands.decode(b"\x0b\x00")


def test_a_secret_in_a_command_never_shows() -> None:
    command = aps_commands.TransportApplicationLinkKey(
        key=b"sixteen octets!!", partner=1, is_initiator=True
    )
    assert "sixteen" not in str(command)


@pytest.mark.parametrize(
    "command",
    [
        LinkStatus(links=(Link(0, 1, 8),)),
        LinkStatus(links=(Link(0, 8, 1),)),
        LinkStatus(links=(Link(0, 16, 1),)),
        LinkStatus(links=(Link(0, -1, 1),)),
        LinkStatus(links=(Link(0, 1, -1),)),
        LinkStatus(links=(Link(0, 1, 1),) * 32),
        LinkStatus(links=(Link(0x10000, 1, 1),)),
        nwk_commands.NetworkReport(0, (1,) * 32),
        nwk_commands.NetworkReport(0, (0x10000,)),
        nwk_commands.NetworkUpdate(0, 256, 0),
        nwk_commands.RouteRequest(options=0x20, identifier=0, target=0, path_cost=0),
    ],
)
def test_a_network_command_that_does_not_fit_has_no_octets(command: NwkCommand) -> None:
    with pytest.raises(EncodeError, match="nwk-command"):
        nwk_commands.encode(command)


@pytest.mark.parametrize(
    "data", ["0921" + "00" * 10, "0a21" + "00" * 11, "0a00" + "00" * 9, "0a02" + "00" * 13]
)
def test_a_report_or_an_update_of_what_is_no_pan_id_is_refused(data: str) -> None:
    with pytest.raises(DecodeError, match=r"nwk-command.*options"):
        nwk_commands.decode(bytes.fromhex(data))


def test_a_group_stands_with_group_delivery_only() -> None:
    with pytest.raises(EncodeError, match=r"inter-pan\.group"):
        interpan.encode(InterPanFrame(cluster=0, profile=0, group=1))


def test_a_frame_that_is_not_inter_pan_is_refused_by_field() -> None:
    with pytest.raises(DecodeError, match=r"inter-pan\.nwk_control"):
        interpan.decode(bytes.fromhex("0802 0000 0000"))
