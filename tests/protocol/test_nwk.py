"""NWK frames: there and back, sealed and opened, and no damaged frame passes its MIC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.nwk import FrameType, NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

NETWORK_KEY = derive_test_key("nwk", KeyUsage.NETWORK)
LINK_KEY = derive_test_key("nwk", KeyUsage.LINK)

octets = st.integers(0, 255)
shorts = st.integers(0, 0xFFFF)
longs = st.integers(0, 2**64 - 1)


@st.composite
def auxes(draw: st.DrawFn) -> AuxHeader:
    key_id = draw(st.sampled_from(KeyId))
    return AuxHeader(
        key_id=key_id,
        frame_counter=draw(st.integers(0, 0xFFFF_FFFE)),
        source=draw(st.none() | longs),
        key_sequence=draw(octets) if key_id is KeyId.NETWORK else None,
        requires_verified_counter=draw(st.booleans()),
    )


@st.composite
def frames(draw: st.DrawFn, aux: st.SearchStrategy[AuxHeader | None]) -> NwkFrame:
    relays = draw(st.none() | st.lists(shorts, max_size=4).map(tuple))
    return NwkFrame(
        frame_type=draw(st.sampled_from(FrameType)),
        target=draw(shorts),
        source=draw(shorts),
        radius=draw(octets),
        sequence=draw(octets),
        payload=draw(st.binary(max_size=40)),
        target_eui64=draw(st.none() | longs),
        source_eui64=draw(st.none() | longs),
        multicast=draw(st.none() | octets),
        relays=relays,
        relay_index=None if relays is None else draw(octets),
        discovers_route=draw(st.booleans()),
        is_end_device_initiator=draw(st.booleans()),
        security=draw(aux),
    )


NETWORK_AUX = AuxHeader(key_id=KeyId.NETWORK, frame_counter=7, source=9, key_sequence=0)
PLAIN = NwkFrame(frame_type=FrameType.DATA, target=0, source=1, radius=30, sequence=5)
open_frames = frames(st.none())


@given(frames(st.none() | auxes()))
def test_every_frame_comes_back_as_it_was(frame: NwkFrame) -> None:
    assert nwk.decode(nwk.encode(frame)) == frame


@given(st.binary(max_size=60))
def test_any_octets_decode_or_are_refused_and_what_decodes_is_written_alike(data: bytes) -> None:
    # Random octets seldom have protocol version 2: half of them are given it.
    for octets_ in (data, b"\x08\x02" + data):
        try:
            frame = nwk.decode(octets_)
        except DecodeError:
            continue
        assert nwk.encode(frame) == octets_


@given(frames(st.none() | auxes()))
def test_a_header_cut_short_is_refused_and_names_its_field(frame: NwkFrame) -> None:
    data = nwk.encode(frame._replace(payload=b""))
    for length in range(len(data)):
        with pytest.raises(DecodeError, match=r"^nwk\.\w+: "):
            nwk.decode(data[:length])


@given(open_frames, st.integers(0, 0xFFFF_FFFE), longs)
def test_a_sealed_frame_is_opened_by_its_key(frame: NwkFrame, counter: int, source: int) -> None:
    aux = NETWORK_AUX._replace(frame_counter=counter, source=source)

    data = nwk.secure(frame, aux, NETWORK_KEY)

    sealed = nwk.decode(data)
    clear = nwk.unsecure(sealed, data, NETWORK_KEY)
    assert sealed._replace(security=None, payload=clear) == frame
    assert sealed.security == aux


@given(open_frames, st.data())
def test_one_flipped_bit_fails_the_mic_or_is_no_frame(frame: NwkFrame, data: st.DataObject) -> None:
    octets_ = bytearray(nwk.secure(frame, NETWORK_AUX, NETWORK_KEY))
    bit = data.draw(st.integers(0, 8 * len(octets_) - 1))
    octets_[bit // 8] ^= 1 << bit % 8
    damaged = bytes(octets_)

    with pytest.raises((DecodeError, SecurityError)):
        open_frame(damaged)


def open_frame(data: bytes) -> bytes:
    sealed = nwk.decode(data)
    if sealed.security is None:
        raise SecurityError("the security bit itself was hit, and nobody takes it in clear")
    return nwk.unsecure(sealed, data, NETWORK_KEY)


def test_another_key_does_not_open_a_frame() -> None:
    data = nwk.secure(PLAIN, NETWORK_AUX, NETWORK_KEY)

    with pytest.raises(SecurityError, match="MIC"):
        nwk.unsecure(nwk.decode(data), data, derive_test_key("other", KeyUsage.NETWORK))


def test_a_link_key_is_not_taken_for_a_network_key() -> None:
    with pytest.raises(SecurityError, match="offered as a network key"):
        nwk.secure(PLAIN, NETWORK_AUX, LINK_KEY)


@pytest.mark.parametrize("control", [0x0004, 0x020A, 0x0288, 0x4208, 0x8208])
def test_a_control_field_that_zigbee_pro_does_not_use_is_refused(control: int) -> None:
    with pytest.raises(DecodeError, match=r"nwk\.control"):
        nwk.decode(control.to_bytes(2, "little") + bytes(30))


@pytest.mark.parametrize("aux_control", [0x2D, 0xA8])
def test_a_level_on_the_air_is_refused(aux_control: int) -> None:
    data = bytearray(nwk.secure(PLAIN, NETWORK_AUX, NETWORK_KEY))
    data[8] = aux_control

    with pytest.raises(DecodeError, match=r"aux\.control"):
        nwk.decode(bytes(data))


WITHOUT_OCTETS = {
    "a relay index without relays": (PLAIN._replace(relay_index=0), NETWORK_AUX),
    "sealed twice": (PLAIN._replace(security=NETWORK_AUX), NETWORK_AUX),
    "a radius of nine bits": (PLAIN._replace(radius=256), NETWORK_AUX),
    "no key sequence": (PLAIN, NETWORK_AUX._replace(key_sequence=None)),
    "a key sequence of a link key": (PLAIN, NETWORK_AUX._replace(key_id=KeyId.LINK)),
    "counters ran out": (PLAIN, NETWORK_AUX._replace(frame_counter=0xFFFF_FFFF)),
}


@pytest.mark.parametrize(("frame", "aux"), WITHOUT_OCTETS.values(), ids=WITHOUT_OCTETS.keys())
def test_what_cannot_be_sealed_is_the_callers_fault(frame: NwkFrame, aux: AuxHeader) -> None:
    with pytest.raises(EncodeError):
        nwk.secure(frame, aux, NETWORK_KEY)


def test_a_frame_whose_sender_is_unknown_cannot_be_sealed() -> None:
    with pytest.raises(SecurityError, match="nonce"):
        nwk.secure(PLAIN, NETWORK_AUX._replace(source=None), NETWORK_KEY)


def test_short_addresses_from_fff8_on_are_broadcasts() -> None:
    assert nwk.is_broadcast(nwk.ALL_ROUTERS)
    assert not nwk.is_broadcast(0xFFF7)
