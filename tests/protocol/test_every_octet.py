"""What one `struct` reads is what the layout reads: every octet of every message, every value.

A fast path stands beside each frequent layout. It may leave octets to the layout, which reads them
or says what is wrong; it may not read them otherwise, nor read what the layout refuses.
"""

import gc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hanbench.protocol import answer, command, ieee802154, tunnel_segments, wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.layout import Layout, OneOf
from hanbench.protocol.migration import signature
from hanbench.protocol.zigbee import aps, nwk, zcl, zcl_general
from hanbench.protocol.zigbee.clusters import catalogue

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
TRANSPORT = Key(KeyUsage.TRANSPORT, bytes(range(16)), is_test_material=True)

Read = Callable[[bytes], object]


def _frames() -> list[bytes]:
    frames = json.loads((VECTORS / "han_frames_generated.json").read_text("utf-8"))["frames"]
    return [bytes.fromhex(frame["frame_with_fcs"]) for frame in frames]


def _se(field: str) -> list[bytes]:
    frames = json.loads((VECTORS / "zcl_se.json").read_text("utf-8"))["frames"]
    return [bytes.fromhex(frame[field]) for frame in frames]


def _mac(body: bytes) -> object:
    return ieee802154.decode(body + ieee802154.fcs(body))


def _general(data: bytes) -> object:
    return zcl_general.decode(zcl.decode(data))


def _answers() -> list[bytes]:
    told = json.loads((VECTORS / "sua_answers.json").read_text("utf-8"))["answers"]
    return [
        answer.encode(
            answer.AnswerMessage(
                outcome=answer.Outcome[one["outcome"]],
                key_version=one["key_version"],
                last_counter=one["last_counter"],
                payload=bytes.fromhex(one["payload"]),
                mac=bytes.fromhex(one["mac"]),
            )
        )
        for one in told
    ]


def _commands() -> list[bytes]:
    told = json.loads((VECTORS / "sua_codes.json").read_text("utf-8"))["vectors"]
    return [
        command.encode_command(
            command.Command(
                bytes.fromhex(one["instruction"]),
                command.Authorisation(
                    one["key_version"], one["counter"], bytes.fromhex(one["full"])
                ),
            )
        )
        for one in told
    ]


def _envelopes() -> list[bytes]:
    payloads = [*_answers()[:1], *_commands()[:1], b""]
    return [
        wan.encode(
            wan.Envelope(
                kind=kind,
                originator=Eui64(7),
                target=Eui64(8),
                message_id=9,
                originator_counter=10,
                payload=payload,
            ),
            TRANSPORT,
        )
        for kind, payload in zip(wan.EnvelopeKind, payloads, strict=False)
    ]


def _network() -> list[bytes]:
    return [data[9:-2] for data in _frames() if _is_read(nwk.decode, data[9:-2])]


def _application() -> list[bytes]:
    headers, payloads = _se("aps_header"), _se("zcl_or_zdo")
    return [header + payload for header, payload in zip(headers, payloads, strict=True)]


BESIDE_A_LAYOUT: dict[str, tuple[Read, list[bytes]]] = {
    "answer": (answer.decode, _answers()),
    "command": (command.decode_command, _commands()),
    "ieee802154": (_mac, [data[:-2] for data in _frames()]),
    "signature": (signature.decode, [signature.encode(signature.Signature(Eui64(7), 1, 2))]),
    "tunnel segment": (
        tunnel_segments.decode,
        [tunnel_segments.encode(tunnel_segments.Segment(300, 80, b"chunk"))],
    ),
    "wan": (wan.decode, _envelopes()),
    "aps": (aps.decode, _application()),
    "nwk": (nwk.decode, []),
    "zcl": (zcl.decode, _se("zcl_or_zdo")),
    "general command": (_general, _se("zcl_or_zdo")),
}


def _is_read(read: Read, data: bytes) -> bool:
    try:
        read(data)
    except DecodeError:
        return False
    return True


BESIDE_A_LAYOUT["nwk"] = (nwk.decode, _network())


def said(read: Read, data: bytes) -> object:
    """What a decoder says of octets: the message, or the field that is wrong and why."""
    try:
        return read(data)
    except DecodeError as error:
        return error.field, str(error)


def changed(message: bytes) -> Iterator[bytes]:
    """The message with each octet changed to each value, and cut off at each length."""
    for place in range(len(message)):
        yield message[:place]
        for value in range(256):
            yield message[:place] + bytes([value]) + message[place + 1 :]
    yield message + b"\0"


def forget() -> None:
    """Empty what codecs keep of decoded messages: the other path must not answer from it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("hanbench.protocol"):
            for one in vars(module).values():
                if hasattr(one, "cache_clear"):
                    one.cache_clear()


def by_layout_alone(patch: pytest.MonkeyPatch) -> None:
    """Take every fast path away."""
    for module in (answer, command, ieee802154, signature, wan, aps, nwk):
        patch.setattr(module, "_decode_common", lambda *_: None)
    patch.setattr(zcl, "_decode_common", zcl._decode_any)
    patch.setattr(zcl_general, "_decode_plain", lambda *_: None)
    patch.setattr(tunnel_segments, "_read", tunnel_segments._read_any)
    patch.setattr(Layout, "decode", Layout._decode_slowly)


def differing(read: Read, messages: list[bytes], patch: pytest.MonkeyPatch) -> list[str]:
    """Octets that the two paths read in two ways."""
    found = []
    for message in messages:
        forget()
        fast = [said(read, octets) for octets in changed(message)]
        with patch.context() as alone:
            by_layout_alone(alone)
            forget()
            found += [
                octets.hex()
                for octets, as_fast in zip(changed(message), fast, strict=True)
                if said(read, octets) != as_fast
            ]
    return found


@pytest.mark.parametrize("name", BESIDE_A_LAYOUT)
def test_each_octet_changed_to_each_value_is_read_as_by_the_layout(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, messages = BESIDE_A_LAYOUT[name]
    shapes = {(len(one), one[:2]): one for one in messages if _is_read(read, one)}

    assert shapes, "there is a message of it"
    assert differing(read, list(shapes.values())[:2], monkeypatch) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BESIDE_A_LAYOUT)
def test_each_octet_of_every_vector_is_read_as_by_the_layout(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, messages = BESIDE_A_LAYOUT[name]

    assert differing(read, messages, monkeypatch) == []


def test_a_fast_path_that_reads_a_field_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def lengthless(data: bytes) -> tunnel_segments.Segment:
        return tunnel_segments.Segment(int.from_bytes(data[1:3], "big"), 0, data[4:])

    read, messages = BESIDE_A_LAYOUT["tunnel segment"]
    monkeypatch.setattr(tunnel_segments, "_read", lengthless)

    assert differing(read, messages, monkeypatch) != []


def codecs() -> list[OneOf[Any]]:
    """Every codec of several kinds that the protocol has, clusters among them."""
    assert catalogue, "it has imported them all"
    found = [one for one in gc.get_objects() if isinstance(one, OneOf) and one.name != "test"]
    return sorted(found, key=lambda one: (one.name, sorted(one._by_prefix)))


def test_each_kind_of_message_of_numbers_is_read_as_by_its_layout() -> None:
    """Where one `struct` reads a whole message, its layout reads the same from the same octets."""
    kinds = 0
    for codec in codecs():
        for prefix, flat in codec._flat.items():
            if flat is None:
                continue
            kinds += 1
            kind, names, layout = codec._by_prefix[prefix]

            def by_layout(
                body: bytes, kind: Any = kind, names: Any = names, layout: Layout = layout
            ) -> object:
                raw = layout._decode_slowly(body)
                return kind(**{name: raw[name] for name in names})

            message = bytes(range(1, flat.numbers.size + 3))
            for body in changed(message):
                assert said(codec.decode, prefix + body) == said(by_layout, body), (
                    codec.name,
                    kind,
                )

    assert kinds > 3
