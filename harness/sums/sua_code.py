"""The sum of a SUA code: what it is bound to, octet by octet, and the code.

Source: modelled [M], as `protocol/sua.py`. Of a scheme of another package only the code itself and
the key check value can be told: what they are made of is its own affair.
"""

from dataclasses import dataclass

from hanbench.harness.errors import ScenarioError
from hanbench.harness.sums.instruction_given import Bound, put_down
from hanbench.harness.sums.sheet import Sheet
from hanbench.protocol import instruction as instructions
from hanbench.protocol.cmac import aes_cmac
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.instruction import Authorisation, Command
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.sua import HanSuaM1, SuaScheme, SuaScope, code_message

VERSION_MAX = (1 << 32) - 1
COUNTER_MAX = (1 << 64) - 1
GROUP_OCTETS_MAX = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGiven:
    """What a code is asked for."""

    scheme: SuaScheme
    key: Key
    key_label: str
    eui64: Eui64
    group: str
    key_version: int
    counter: int
    bound: Bound

    @property
    def scope(self) -> SuaScope:
        """All that the code is bound to."""
        return SuaScope(
            eui64=self.eui64,
            group=self.group,
            key_version=self.key_version,
            counter=self.counter,
            digest=self.bound.digest,
        )


def issue(given: CodeGiven) -> Sheet:
    """Do the sum of a code.

    Raises:
        ScenarioError: the group is no ASCII text of at most 255 characters.
    """
    check_group(given.group)
    sheet = Sheet("SUA code", given.scheme.name)
    put_down(sheet, given.bound)
    put_scope(sheet, given)
    code = given.scheme.issue(given.key, given.scope)
    sheet.line("code", code, f"{len(code)} octets")
    if given.bound.octets is not None:
        held = Authorisation(given.key_version, given.counter, code)
        octets = instructions.encode_command(Command(given.bound.octets, held))
        sheet.line("command", octets, "what an INSTRUCTION envelope carries")
    sheet.result = f"code {code.hex()}"
    kind = None if given.bound.instruction is None else given.bound.instruction.type
    if kind is not None and not kind.is_guarded:
        sheet.notes.append(f"A device takes {kind.words} without a code: it is not guarded.")
    return sheet


def put_scope(sheet: Sheet, given: CodeGiven) -> None:
    """Put down what a code is bound to, and the sum as far as the scheme shows it."""
    sheet.line("key", given.key_label, f"version {given.key_version}")
    check_value = given.scheme.key_check_value(given.key, given.eui64, given.key_version)
    sheet.line("key check value", check_value, "names the key without telling it")
    if not isinstance(given.scheme, HanSuaM1):
        sheet.line("EUI-64", format_eui64(given.eui64))
        sheet.line("counter", given.counter)
        sheet.notes.append(f"{given.scheme.name} is of another package: its steps are its own.")
        return
    message = code_message(given.scope)
    sheet.line("message", message, f"{len(message)} octets, big-endian:")
    group = given.group.encode("ascii")
    for name, octets, says in (
        ("tag", message[:11], '"HAN-SUA-M1" and a zero octet'),
        ("group length", bytes([len(group)]), ""),
        ("group", group, f'"{given.group}"'),
        ("EUI-64", given.eui64.to_bytes(8, "big"), format_eui64(given.eui64)),
        ("key version", given.key_version.to_bytes(4, "big"), str(given.key_version)),
        ("counter", given.counter.to_bytes(8, "big"), str(given.counter)),
        ("digest in message", given.bound.digest, ""),
    ):
        sheet.line(name, octets, says, depth=1)
    full = aes_cmac(given.key.require(KeyUsage.SUA), message)
    length = given.scheme.code_octets
    sheet.line("AES-CMAC", full, f"RFC 4493; the first {length} octets are the code")


def check_group(group: str) -> None:
    """Refuse a group that has no octets."""
    if not group.isascii() or not 0 < len(group) <= GROUP_OCTETS_MAX:
        raise ScenarioError(f"--group {group!r} is no ASCII text of 1 to 255 characters")
