"""The keys that open frames: from a file, and learnt from the capture itself.

A key file has a line a key: `TYPE HEX [LABEL]`, the type being `network`, `link`, `install-code`
(code and CRC), `transport`, `sua`, `master` or `vend`; the last two open no frame, and serve
`hanbench sua` and `hanbench utrn`. `#` begins a comment. Wireshark's own `zigbee_pc_keys` lines
(`"HEX","Normal","LABEL"`) are read, too: such a key may be a network or a link key.
"""

import re
from dataclasses import dataclass, field

from hanbench.harness.dissection.tree import counted
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.keys import KEY_OCTETS, Key, KeyUsage
from hanbench.protocol.zigbee import install_code

TYPES = {
    "network": KeyUsage.NETWORK,
    "nwk": KeyUsage.NETWORK,
    "link": KeyUsage.LINK,
    "transport": KeyUsage.TRANSPORT,
    "sua": KeyUsage.SUA,
    "master": KeyUsage.MASTER,
    "vend": KeyUsage.VEND,
}
_SHOWN_MAX = 12
_INSTALL_CODE = "install-code"
_WIRESHARK = re.compile(r'"([0-9A-Fa-f:]+)"\s*,\s*"(Normal|Reverse)"\s*,\s*"(.*)"')


@dataclass(frozen=True, slots=True)
class LabelledKey:
    """A key, and what it is called."""

    label: str
    key: Key


@dataclass(slots=True)
class KeyTable:
    """All keys that are known so far, the newest first."""

    held: dict[KeyUsage, list[LabelledKey]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """What is wrong with lines of the file, each with its number; the others count."""

    def add(self, label: str, usage: KeyUsage, value: bytes) -> None:
        """Take a key, unless it is known."""
        keys = self.held.setdefault(usage, [])
        if all(one.key.value != value for one in keys):
            keys.insert(0, LabelledKey(label, Key(usage, value)))

    def of(self, usage: KeyUsage) -> tuple[LabelledKey, ...]:
        """Return the keys of one use; the one that fitted last comes first."""
        return tuple(self.held.get(usage, ()))

    def prefer(self, chosen: LabelledKey) -> None:
        """Try this key first from now on: frames come in runs under one key."""
        keys = self.held[chosen.key.usage]
        if keys[0] is not chosen:
            keys.remove(chosen)
            keys.insert(0, chosen)


def read_keys(data: bytes, name: str = "keys") -> KeyTable:
    """Read a key file; a bad line is a problem with its number, and costs no other line."""
    table = KeyTable()
    for number, line in enumerate(data.splitlines(), 1):
        try:
            words = line.decode("utf-8").split("#", 1)[0].strip()
            if words:
                _read_line(table, words)
        except UnicodeDecodeError as error:
            table.problems.append(f"{name}:{number}: is not UTF-8 text at octet {error.start}")
        except (ValueError, DecodeError) as error:
            table.problems.append(f"{name}:{number}: {error}")
    return table


def _read_line(table: KeyTable, words: str) -> None:
    wireshark = _WIRESHARK.fullmatch(words)
    if wireshark is not None:
        digits, order, label = wireshark.groups()
        value = _octets(digits)
        value = value[::-1] if order == "Reverse" else value
        table.add(label, KeyUsage.NETWORK, value)
        table.add(label, KeyUsage.LINK, value)
        return
    if words.startswith('"'):
        raise ValueError('expected "HEX","Normal" or "Reverse","LABEL", as Wireshark writes it')
    kind, _, rest = words.partition(" ")
    digits, _, label = rest.strip().partition(" ")
    kind = kind.lower()
    if kind == _INSTALL_CODE:
        code = install_code.decode(_hex(digits, "install code"))
        table.add(label.strip() or kind, KeyUsage.LINK, install_code.link_key(code).value)
        return
    if kind not in TYPES:
        known = ", ".join([*TYPES, _INSTALL_CODE])
        # What stands there may be a key without its type: it must not end in a log.
        shown = repr(kind) if len(kind) <= _SHOWN_MAX else f"of {len(kind)} characters"
        raise ValueError(f"unknown key type {shown}; expected TYPE HEX [LABEL], TYPE of {known}")
    table.add(label.strip() or kind, TYPES[kind], _octets(digits))


def _octets(digits: str) -> bytes:
    value = _hex(digits, "key")
    if len(value) != KEY_OCTETS:
        raise ValueError(f"the key has {counted(len(value), 'octet')}, not {KEY_OCTETS}")
    return value


def _hex(digits: str, what: str) -> bytes:
    try:
        return bytes.fromhex(digits.replace(":", ""))
    except ValueError:
        raise ValueError(f"the {what} is not hex") from None
