"""The DCO: alone holds SUA keys, and issues one code for one Instruction that it has checked.

Source: see `dco_operations`; dual control is requirement R6 of domain.md 10.1. What it holds of a
meter, and the counter rules, are in `custody`. Keys and nonces come from the `draw` it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import dco_operations as of
from hanbench.emulator.parties import hand_over_file
from hanbench.emulator.parties.accounts import Accounts
from hanbench.emulator.parties.answer_evidence import (
    Exchange,
    name_key,
    read_evidence,
    take,
    tell,
)
from hanbench.emulator.parties.custody import Custody, HeldKey
from hanbench.emulator.parties.dco_checks import file_set_findings, objection_to_code
from hanbench.emulator.parties.file_set import (
    FileSet,
    FileSetReport,
    Finding,
    ProcessedFileSet,
    SignedFileSet,
    process,
    record_finding,
    report,
)
from hanbench.emulator.parties.hand_over_file import HandOverContent
from hanbench.emulator.parties.operation import (
    Draw,
    Json,
    OfDevice,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import MeterId, Premises, PremisesDevice
from hanbench.emulator.parties.refusals import Refusals
from hanbench.emulator.parties.signed_file import (
    FILE_REFUSED,
    FileCodec,
    Refusal,
    read_signed,
)
from hanbench.emulator.parties.utrn_period import UTRN_PERIOD_US
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.errors import DecodeError, ProtocolError
from hanbench.protocol.instruction import NONCE_OCTETS
from hanbench.protocol.keys import KEY_OCTETS, Key, KeyStore, KeyUsage
from hanbench.protocol.migration import file_sets
from hanbench.protocol.migration.file_sets import HandedOverInstallation
from hanbench.protocol.migration.signature import PublicKeys
from hanbench.protocol.sua import SuaScheme, SuaScope
from hanbench.protocol.sua_rotation import wrap_successor

_FILE_SET = FileCodec("DCORequiredFileSet", file_sets.decode_dco, file_sets.encode_dco)


@dataclass(frozen=True, slots=True, kw_only=True)
class DcoSetup:
    """What the DCO works with, and how it may fail."""

    premises: Premises
    accounts: Accounts
    keys: KeyStore
    """Asked for HAND_OVER keys only: SUA keys come in the SMSO's file or are drawn."""
    scheme: SuaScheme
    draw: Draw
    file_set_failures: Mapping[str, int] = field(default_factory=dict)
    """By Installation, how many of the first `process_file_set` calls fail a check."""
    trusted: PublicKeys = field(default_factory=dict)
    """Whose signatures on a Required File Set are believed."""
    failing_file_sets: tuple[int, ...] = ()
    """Of the `process_file_set` calls about an Installation, which fail a check: 1 is the first."""
    discards_escrow: bool = False
    """Whether a discard takes the keys that it has escrowed as well, which is wrong."""


class Dco:
    """The DCO."""

    name = "DCO"
    catalogue = of.CATALOGUE

    def __init__(self, setup: DcoSetup) -> None:
        self._setup = setup
        self._custody: dict[MeterId, Custody] = {}
        self._failures = Refusals(setup.file_set_failures)
        self._file_sets: dict[str, int] = {}
        self._bound = (
            bind(of.ACCEPT_HAND_OVER, self._accept_hand_over),
            bind(of.PROCESS_FILE_SET, self._process_file_set),
            bind(of.PROCESS_SIGNED_FILE_SET, self._process_signed_file_set),
            bind(of.ESCROW_SUCCESSOR, self._escrow_successor),
            bind(of.CANDIDATES, self._candidates),
            bind(of.AUTHORISE, self._authorise),
            bind(of.DRAW_NONCE, self._draw_nonce),
            bind(of.READ_ANSWER, self._read_answer),
            bind(of.CONFIRM_ACTIVE, self._confirm_active),
            bind(of.UTRN_PERIOD, self._utrn_period),
            bind(of.DISCARD, self._discard),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def utrn_period_started_at(self, installation: str, device: str) -> Instant | None:
        """Tell the other parties when the UTRN Period of a meter began."""
        return self._of(installation, device).utrn_period_started_at

    def has_own_active_key(self, installation: str, device: str) -> bool:
        """Tell the Commissioning Party whether a key of the DCO's own is confirmed as active."""
        custody = self._of(installation, device)
        active = custody.held.get(custody.active_version or 0)
        return active is not None and active.origin == "escrowed"

    def held_keys(self, installation: str, device: str) -> tuple[tuple[int, str], ...]:
        """List the keys it holds of a meter as (version, check value): for the oracle."""
        custody = self._of(installation, device)
        return tuple((key.version, key.check_value.hex()) for key in custody.in_order())

    def issued_codes(self, installation: str, device: str) -> tuple[tuple[int, int, bytes], ...]:
        """Return (version, counter, digest) of each code that left the DCO: for the oracle."""
        issued = self._of(installation, device).issued
        return tuple((one.version, one.counter, one.digest) for one in issued)

    def active_version(self, installation: str, device: str) -> int | None:
        """Return the version that it has confirmed as a meter's own: for the oracle."""
        return self._of(installation, device).active_version

    def own_keys(self, installation: str, device: str) -> dict[int, Key]:
        """Return the keys that it made for a meter, by version: for the oracle's own sums."""
        custody = self._of(installation, device)
        return {one.version: one.key for one in custody.in_order() if one.origin == "escrowed"}

    def _of(self, installation: str, device: str) -> Custody:
        meter = (installation, device)
        return self._custody.get(meter) or self._custody.setdefault(meter, Custody())

    def _meter(self, asked: OfDevice) -> tuple[PremisesDevice, Custody] | PartyError:
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        return meter, self._of(asked.installation, asked.device)

    def _accept_hand_over(
        self, asked: of.HandOverFile, _now: Instant
    ) -> of.HandedOver | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        meter, custody = found
        content = self._open_file(meter, asked.file)
        if isinstance(content, PartyError):
            return content
        version = content.key_version
        known = custody.held.get(version)
        if known is not None and known.origin == "escrowed":
            return PartyError(of.BAD_FILE.code, f"version {version} is a key of the DCO's own")
        check_value = self._setup.scheme.key_check_value(content.sua_key, meter.eui64, version)
        custody.master_key = content.master_key
        custody.hold(
            HeldKey(
                version=version,
                key=content.sua_key,
                check_value=check_value,
                origin="handed-over",
                counter=content.last_counter,
            )
        )
        return of.HandedOver(
            version=version, check_value=check_value.hex(), last_counter=content.last_counter
        )

    def _open_file(self, meter: PremisesDevice, file: str) -> HandOverContent | PartyError:
        try:
            sealing = self._setup.keys.key(meter.eui64, KeyUsage.HAND_OVER)
            content = hand_over_file.decode(bytes.fromhex(file), sealing)
        except ProtocolError as error:
            return PartyError(of.BAD_FILE.code, str(error))
        if content.eui64 != meter.eui64:
            return PartyError(of.BAD_FILE.code, "the file is for another meter")
        return content

    def _escrow_successor(
        self, asked: of.SuccessorRequest, _now: Instant
    ) -> of.Successor | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        meter, custody = found
        if asked.repeat is not None:
            return _repeated(custody, asked.repeat)
        if custody.master_key is None:
            return PartyError(of.NOT_HELD.code, "no master key: nothing has been handed over")
        version = custody.highest_version + 1
        drawn = self._setup.draw(f"{asked.installation}/{asked.device}/sua", version, KEY_OCTETS)
        key = Key(KeyUsage.SUA, drawn, is_test_material=True)
        scheme = self._setup.scheme
        successor = wrap_successor(scheme, custody.master_key, key, meter.eui64, version)
        custody.hold(
            HeldKey(
                version=version,
                key=key,
                check_value=successor.check_value,
                origin="escrowed",
                successor=successor,
            )
        )
        return _repeated(custody, version)

    def _candidates(self, asked: OfDevice, _now: Instant) -> of.Candidates | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        _, custody = found
        return of.Candidates(
            candidates=tuple(
                of.CandidateKey(
                    version=held.version,
                    check_value=held.check_value.hex(),
                    origin=held.origin,
                    answered=held.answered,
                    active=held.version == custody.active_version,
                )
                for held in custody.in_order()
            )
        )

    def _authorise(self, asked: of.CodeRequest, _now: Instant) -> of.SuaCode | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        meter, custody = found
        request = bytes.fromhex(asked.instruction)
        try:
            instruction = instructions.decode(request)
        except DecodeError as error:
            return PartyError(of.BAD_INSTRUCTION.code, str(error))
        account = self._setup.accounts.account(asked.installation)
        objection = objection_to_code(instruction, asked.version, custody, account)
        if objection is not None:
            return objection
        digest = instructions.digest(request)
        counter = custody.spend(asked.version, digest, instruction.type.words)
        scope = SuaScope(
            eui64=meter.eui64,
            group=meter.group_id,
            key_version=asked.version,
            counter=counter,
            digest=digest,
        )
        code = self._setup.scheme.issue(custody.held[asked.version].key, scope)
        return of.SuaCode(key_version=asked.version, counter=counter, code=code.hex())

    def _draw_nonce(self, asked: OfDevice, _now: Instant) -> of.Nonce | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        _, custody = found
        custody.nonces_drawn += 1
        purpose = f"{asked.installation}/{asked.device}/nonce"
        nonce = self._setup.draw(purpose, custody.nonces_drawn, NONCE_OCTETS)
        custody.nonces.append(nonce)
        return of.Nonce(nonce=nonce.hex())

    def _read_answer(self, asked: of.AnswerRequest, now: Instant) -> of.AnswerRead | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        meter, custody = found
        try:
            answer = answers.decode(bytes.fromhex(asked.answer))
        except DecodeError as error:
            return PartyError(of.BAD_ANSWER.code, str(error))
        request = bytes.fromhex(asked.instruction)
        exchange = Exchange(eui64=meter.eui64, request=request, answer=answer)
        try:
            evidence = read_evidence(self._setup.scheme, custody, exchange)
        except DecodeError as error:
            return PartyError(of.BAD_INSTRUCTION.code, str(error))
        moved = take(evidence, custody, now)
        return tell(evidence, custody, resynchronised=moved)

    def _confirm_active(self, asked: of.VersionOf, _now: Instant) -> of.KeyName | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        _, custody = found
        held = custody.held.get(asked.version)
        latest = custody.latest_answered()
        if held is None:
            return PartyError(of.NOT_HELD.code, f"no key of version {asked.version}")
        if latest is None or not held.answered:
            return PartyError(of.NOT_PROVEN.code, f"version {asked.version} has not answered")
        if latest.version != asked.version:
            return PartyError(of.NOT_PROVEN.code, f"version {latest.version} has answered since")
        custody.active_version = asked.version
        return name_key(held)

    def _utrn_period(self, asked: OfDevice, _now: Instant) -> of.UtrnPeriod | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        started_at = found[1].utrn_period_started_at
        if started_at is None:
            return of.UtrnPeriod(started_at_us=None, ends_at_us=None)
        return of.UtrnPeriod(started_at_us=started_at, ends_at_us=started_at + UTRN_PERIOD_US)

    def _discard(self, asked: OfDevice, _now: Instant) -> of.Discarded | PartyError:
        found = self._meter(asked)
        if isinstance(found, PartyError):
            return found
        _, custody = found
        discarded = custody.discard(with_escrow=self._setup.discards_escrow)
        return of.Discarded(discarded=discarded, kept=tuple(sorted(custody.held)))

    def _process_file_set(self, asked: FileSet, _now: Instant) -> FileSetReport | PartyError:
        devices = self._setup.premises.named(asked.installation, asked.devices)
        if isinstance(devices, PartyError):
            return devices
        meters = tuple(device for device in devices if device.is_meter)
        result = report(self._findings(asked.installation, meters))
        if isinstance(result, PartyError):
            for meter in meters:
                self._of(asked.installation, meter.name).discard(
                    with_escrow=self._setup.discards_escrow
                )
        return result

    def _findings(
        self, installation: str, meters: tuple[PremisesDevice, ...]
    ) -> tuple[Finding, ...]:
        self._file_sets[installation] = self._file_sets.get(installation, 0) + 1
        fails = self._file_sets[installation] in self._setup.failing_file_sets
        return file_set_findings(
            meters,
            lambda device: self._of(installation, device),
            is_failing=self._failures.is_due(installation) or fails,
        )

    def _process_signed_file_set(
        self, asked: SignedFileSet, now: Instant
    ) -> ProcessedFileSet | PartyError:
        octets, signature = bytes.fromhex(asked.file), bytes.fromhex(asked.signature)
        file = read_signed(_FILE_SET, octets, signature, self._setup.trusted)
        if isinstance(file, Refusal):
            return PartyError(FILE_REFUSED.code, file.problem)
        entries = {it.name: it for it in file.installations}

        def discard(name: str) -> tuple[str, ...]:
            return tuple(
                f"{meter.name} version {version}"
                for meter in entries[name].meters
                for version in self._of(name, meter.name).discard(
                    with_escrow=self._setup.discards_escrow
                )
            )

        return ProcessedFileSet(
            file_set=file.name,
            installations=process(
                entries, lambda name: self._entry_findings(entries[name], now), discard
            ),
        )

    def _entry_findings(self, entry: HandedOverInstallation, now: Instant) -> tuple[Finding, ...]:
        found = [(it, self._setup.premises.meter(entry.name, it.name)) for it in entry.meters]
        findings = [record_finding(it.name, it.eui64, record) for it, record in found]
        if any(finding.problem for finding in findings):
            return tuple(findings)
        for it in entry.meters:
            taken = self._accept_hand_over(
                of.HandOverFile(installation=entry.name, device=it.name, file=it.hand_over.hex()),
                now,
            )
            problem = taken.detail if isinstance(taken, PartyError) else ""
            findings.append(Finding("hand-over", it.name, problem))
        known = tuple(record for _, record in found if isinstance(record, PremisesDevice))
        return (*findings, *self._findings(entry.name, known))


def _repeated(custody: Custody, version: int) -> of.Successor | PartyError:
    held = custody.held.get(version)
    if held is None or held.successor is None:
        return PartyError(of.NO_SUCH_VERSION.code, f"version {version} was never escrowed")
    return of.Successor(
        version=version,
        check_value=held.check_value.hex(),
        wrapped=held.successor.wrapped_key.hex(),
    )
