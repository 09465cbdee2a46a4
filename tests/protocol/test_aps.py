"""APS frames: there and back, sealed under each kind of key, and damage fails the MIC."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.zigbee import aps
from hanbench.protocol.zigbee.aps import ApsFrame, Delivery, Fragment, FrameType, Part
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
CCM_STAR = json.loads((VECTORS / "ccm_star.json").read_text())["vectors"]

KEYS = {
    key_id: derive_test_key("aps", KeyUsage.NETWORK if key_id is KeyId.NETWORK else KeyUsage.LINK)
    for key_id in KeyId
}

octets = st.integers(0, 255)
words = st.integers(0, 0xFFFF)
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
def frames(draw: st.DrawFn, aux: st.SearchStrategy[AuxHeader | None]) -> ApsFrame:
    frame_type = draw(st.sampled_from(FrameType))
    delivery = draw(st.sampled_from(Delivery))
    is_ack = frame_type is FrameType.ACK
    addressed = frame_type is FrameType.DATA or (is_ack and draw(st.booleans()))
    is_group = delivery is Delivery.GROUP
    part = draw(st.none() | st.sampled_from(Part))
    return ApsFrame(
        frame_type=frame_type,
        counter=draw(octets),
        payload=draw(st.binary(max_size=40)),
        delivery=delivery,
        target_endpoint=draw(octets) if addressed and not is_group else None,
        group=draw(words) if addressed and is_group else None,
        cluster=draw(words) if addressed else None,
        profile=draw(words) if addressed else None,
        source_endpoint=draw(octets) if addressed else None,
        ack_request=draw(st.booleans()),
        fragment=part and Fragment(part, draw(octets), draw(octets) if is_ack else None),
        security=draw(aux),
    )


LINK_AUX = AuxHeader(key_id=KeyId.LINK, frame_counter=7, source=9)
DATA = ApsFrame(
    frame_type=FrameType.DATA,
    counter=3,
    payload=b"report",
    target_endpoint=1,
    cluster=0x0702,
    profile=0x0109,
    source_endpoint=1,
)
COMMAND = ApsFrame(frame_type=FrameType.COMMAND, counter=3)
ACK = ApsFrame(frame_type=FrameType.ACK, counter=3)


@given(frames(st.none() | auxes()))
def test_every_frame_comes_back_as_it_was(frame: ApsFrame) -> None:
    assert aps.decode(aps.encode(frame)) == frame


@given(st.binary(max_size=50))
def test_any_octets_decode_or_are_refused_and_what_decodes_is_written_alike(data: bytes) -> None:
    try:
        frame = aps.decode(data)
    except DecodeError:
        return
    assert aps.encode(frame) == data


@given(frames(st.none() | auxes()))
def test_a_header_cut_short_is_refused_and_names_its_field(frame: ApsFrame) -> None:
    data = aps.encode(frame._replace(payload=b""))
    for length in range(len(data)):
        with pytest.raises(DecodeError, match=r"^aps\.\w+: "):
            aps.decode(data[:length])


@given(frames(st.none()), auxes(), longs)
def test_a_sealed_frame_is_opened_by_its_key(frame: ApsFrame, aux: AuxHeader, sender: int) -> None:
    data = aps.secure(frame, aux, KEYS[aux.key_id], sender)

    sealed = aps.decode(data)
    clear = aps.unsecure(sealed, data, KEYS[aux.key_id], sender)
    assert sealed._replace(security=None, payload=clear) == frame


@given(frames(st.none()), st.data())
def test_one_flipped_bit_fails_the_mic_or_is_no_frame(frame: ApsFrame, data: st.DataObject) -> None:
    octets_ = bytearray(aps.secure(frame, LINK_AUX, KEYS[KeyId.LINK]))
    bit = data.draw(st.integers(0, 8 * len(octets_) - 1))
    octets_[bit // 8] ^= 1 << bit % 8
    damaged = bytes(octets_)

    with pytest.raises((DecodeError, SecurityError)):
        open_frame(damaged)


def open_frame(data: bytes) -> bytes:
    sealed = aps.decode(data)
    if sealed.security is None:
        raise SecurityError("the security bit itself was hit, and nobody takes it in clear")
    return aps.unsecure(sealed, data, KEYS[sealed.security.key_id], 9)


def test_the_link_key_and_the_keys_derived_from_it_do_not_open_each_others_frames() -> None:
    data = aps.secure(DATA, LINK_AUX, KEYS[KeyId.LINK])
    as_if = LINK_AUX._replace(key_id=KeyId.KEY_LOAD)

    with pytest.raises(SecurityError, match="MIC"):
        aps.unsecure(aps.decode(data)._replace(security=as_if), data, KEYS[KeyId.LINK])


@pytest.mark.parametrize("usage", [KeyUsage.NETWORK, KeyUsage.SUA])
def test_a_key_for_another_use_is_refused(usage: KeyUsage) -> None:
    with pytest.raises(SecurityError, match="offered as a link key"):
        aps.secure(DATA, LINK_AUX, derive_test_key("aps", usage))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ("03 00", "aps.control"),
        ("05 00", "aps.control"),
        ("10 00", "aps.control"),
        ("40 01 0207 0901 01 2c", None),
        ("c0 01 0207 0901 01 2c 00 00", "aps.part"),
        ("c0 01 0207 0901 01 2c 03 00", "aps.part"),
    ],
)
def test_a_frame_of_an_unknown_kind_is_refused_and_names_its_field(
    data: str, field: str | None
) -> None:
    if field is None:
        assert aps.decode(bytes.fromhex(data)).cluster == 0x0702
        return
    with pytest.raises(DecodeError) as refusal:
        aps.decode(bytes.fromhex(data))
    assert refusal.value.field == field


CONTRADICTIONS = {
    "data without a cluster": DATA._replace(cluster=None),
    "an endpoint of a command": COMMAND._replace(target_endpoint=1),
    "a cluster of a command": COMMAND._replace(cluster=1),
    "a group of a unicast": DATA._replace(group=1),
    "an endpoint of a group": DATA._replace(delivery=Delivery.GROUP),
    "a bitmap of data": DATA._replace(fragment=Fragment(Part.FIRST, 3, 0xFF)),
    "no bitmap of an ack": ACK._replace(fragment=Fragment(Part.FIRST, 0)),
    "data without a profile": DATA._replace(profile=None),
    "a counter of nine bits": DATA._replace(counter=256),
}


@pytest.mark.parametrize("frame", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_frame_that_contradicts_itself_has_no_octets(frame: ApsFrame) -> None:
    with pytest.raises(EncodeError, match=r"^aps"):
        aps.encode(frame)


def test_a_frame_is_not_sealed_twice() -> None:
    sealed = DATA._replace(security=LINK_AUX)
    with pytest.raises(EncodeError, match="sealed already"):
        aps.secure(sealed, LINK_AUX, KEYS[KeyId.LINK])


@pytest.mark.parametrize("vector", CCM_STAR, ids=["annex-c"])
def test_the_cipher_that_we_rely_on_is_ccm_star(vector: dict[str, str]) -> None:
    cipher = AESCCM(bytes.fromhex(vector["key"]), tag_length=int(vector["mic_len"]))

    sealed = cipher.encrypt(
        bytes.fromhex(vector["nonce"]),
        bytes.fromhex(vector["plaintext"]),
        bytes.fromhex(vector["aad"]),
    )

    assert sealed.hex() == vector["ciphertext_and_mic"]


def test_a_key_never_shows_its_octets() -> None:
    key = Key(KeyUsage.LINK, b"sixteen octets!!")
    assert "sixteen" not in str(key)
