"""The S1SP: frames Instructions, opens answers, and makes UTRNs on the DCC's side.

Source: see `s1sp_operations`. It holds transport and vend keys, and no SUA key: neither it nor the
DCO alone can make a meter execute anything (property P8 of domain.md 10.6).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import s1sp_operations as of
from hanbench.emulator.parties.accounts import Accounts
from hanbench.emulator.parties.commissioning_by_file import (
    COMMISSIONING_FILE,
    NO_SIGNER,
    CommissioningFileRequest,
    SignedFile,
    write_commissioning,
)
from hanbench.emulator.parties.cos_counter import UPDATE_COS_CREDENTIALS, CosCounters
from hanbench.emulator.parties.file_set import (
    S1SP_CONDITIONS,
    FileSet,
    FileSetReport,
    Finding,
    ProcessedFileSet,
    SignedFileSet,
    process,
    record_finding,
    report,
)
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.n55 import N55_ALERTS, N55Conduct, N55Delivery
from hanbench.emulator.parties.network_certificates import (
    ADD_NETWORK_CERTIFICATE,
    NetworkCertificates,
)
from hanbench.emulator.parties.operation import (
    Json,
    OfDevice,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import Home, MeterId, Premises, PremisesDevice
from hanbench.emulator.parties.refusals import Refusals
from hanbench.emulator.parties.s1sp_envelopes import read_envelope
from hanbench.emulator.parties.signed_file import (
    FILE_REFUSED,
    FileCodec,
    Refusal,
    read_signed,
)
from hanbench.emulator.parties.smso_operations import TopUp
from hanbench.emulator.parties.utrn_issue import UtrnIssuer
from hanbench.emulator.parties.utrn_period import CUT_OVER, phase
from hanbench.protocol import hub_command, wan
from hanbench.protocol import instruction as instructions
from hanbench.protocol.errors import DecodeError, MissingKeyError, SecurityError
from hanbench.protocol.hub_command import CancelBuffered, HubCommand, ListBuffered
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import Authorisation, Command
from hanbench.protocol.keys import Key, KeyStore, KeyUsage
from hanbench.protocol.migration import file_sets
from hanbench.protocol.migration.file_sets import ServedInstallation
from hanbench.protocol.migration.signature import PublicKeys, Signer
from hanbench.protocol.utrn import Issuer
from hanbench.protocol.wan import Envelope, EnvelopeKind

_FILE_SET = FileCodec("S1SPRequiredFileSet", file_sets.decode_s1sp, file_sets.encode_s1sp)


@dataclass(frozen=True, slots=True, kw_only=True)
class S1spSetup:
    """What the S1SP works with, and how it may fail."""

    premises: Premises
    accounts: Accounts
    inventory: Inventory
    network_certificates: NetworkCertificates
    keys: KeyStore
    """Asked for TRANSPORT keys (peer: `eui64`) and VEND keys."""
    eui64: Eui64
    """The address of the S1SP's head-end."""
    utrn_period_started_at: Callable[[str, str], Instant | None]
    """Asks the DCO about (installation, device)."""
    last_sequences: Mapping[MeterId, int] = field(default_factory=dict)
    """The last UTRN sequence that each meter has seen: below what it evicted it takes nothing."""
    smso_sequence: Callable[[str, str], int] = lambda _installation, _device: 0
    """Asks the SMSO for the last that it has used: the S1SP's are above it."""
    file_set_failures: Mapping[str, int] = field(default_factory=dict)
    """By Installation, how many of the first `process_file_set` calls fail a check."""
    trusted: PublicKeys = field(default_factory=dict)
    """Whose signatures on a Required File Set are believed."""
    signer: Signer | None = None
    """Its own key, for Commissioning Files."""
    active_version: Callable[[str, str], int | None] = lambda _installation, _device: None
    """Asks the DCO which key version a meter holds."""
    n55: N55Conduct = field(default_factory=N55Conduct)
    """What becomes of the N55 alerts."""
    vends_early: bool = False
    """Whether it makes UTRNs before the DCC route is open."""


class S1sp:
    """The S1SP."""

    name = "S1SP"
    catalogue = of.CATALOGUE

    def __init__(self, setup: S1spSetup) -> None:
        self._setup = setup
        self._failures = Refusals(setup.file_set_failures)
        self._n55 = N55Delivery(setup.premises, setup.n55)
        self._issuer = UtrnIssuer(
            Issuer.S1SP, setup.keys, setup.last_sequences, setup.smso_sequence
        )
        self._processed: dict[str, bool] = {}
        self._messages = 0
        self.cos = CosCounters(setup.premises)
        self._bound = (
            bind(of.PROCESS_FILE_SET, self._process_file_set),
            bind(of.PROCESS_SIGNED_FILE_SET, self._process_signed_file_set),
            bind(COMMISSIONING_FILE, self._commissioning_file),
            bind(of.FRAME, self._frame),
            bind(of.FRAME_CANCEL, self._frame_cancel),
            bind(of.FRAME_LIST, self._frame_list),
            bind(of.OPEN, self._open),
            bind(of.ISSUE_UTRN, self.issue),
            bind(N55_ALERTS, self._n55.received),
            bind(ADD_NETWORK_CERTIFICATE, setup.network_certificates.add),
            bind(UPDATE_COS_CREDENTIALS, self.cos.update),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def issue(self, asked: TopUp, now: Instant) -> of.N55 | PartyError:
        """Make a UTRN for a service request 2.2; the PSP's DCC route ends here."""
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        is_open = self.can_vend(asked.installation, asked.device, now)
        if not is_open and not self._setup.vends_early:
            return PartyError(of.NOT_YET.code, f"{asked.device} is not the DCC's to top up yet")
        meter_id = (asked.installation, asked.device)
        owner = self._setup.premises.meter(asked.installation, self._n55.code_is_for(meter_id))
        if isinstance(owner, PartyError):
            return owner
        digits = self._issuer.vend(asked.installation, owner, asked.pence)
        if isinstance(digits, PartyError):
            return digits
        if not self._n55.send(meter_id, digits, now):
            return of.N55(acknowledgement="I99", alert=None, utrn=None)
        return of.N55(acknowledgement="I99", alert="N55", utrn=digits)

    def next_code(self, installation: str, device: str) -> str | PartyError:
        """Return the code that it would vend next for a meter, for the oracle: none is spent."""
        meter = self._setup.premises.meter(installation, device)
        return (
            meter if isinstance(meter, PartyError) else self._issuer.next_code(installation, meter)
        )

    def last_sequence(self, installation: str, device: str) -> int:
        """Return the last sequence that it has vended for a meter; 0: none."""
        return self._issuer.last_sequence(installation, device)

    def can_vend(self, installation: str, device: str, now: Instant) -> bool:
        """Whether the DCC route is open for a meter (TMAD v5.1 conclusions, 4.2)."""
        if self._setup.inventory.is_commissioned(installation, device):
            return True
        started_at = self._setup.utrn_period_started_at(installation, device)
        account = self._setup.accounts.account(installation)
        return CUT_OVER[phase(account, started_at, now)].dcc

    def _process_file_set(self, asked: FileSet, _now: Instant) -> FileSetReport | PartyError:
        devices = self._setup.premises.named(asked.installation, asked.devices)
        hub = self._setup.premises.hub(asked.installation)
        if isinstance(devices, PartyError):
            return devices
        if isinstance(hub, PartyError):
            return hub
        result = report(self._findings(asked.installation, (hub, *devices)))
        self._processed[asked.installation] = not isinstance(result, PartyError)
        return result

    def _findings(
        self, installation: str, devices: tuple[PremisesDevice, ...]
    ) -> tuple[Finding, ...]:
        served = [device for device in devices if device.type == "CHF" or device.is_meter]
        keys = [Finding("transport-key", it.name, self._key_problem(it)) for it in served]
        scripted = "fails by the scenario" if self._failures.is_due(installation) else ""
        return (*keys, Finding(S1SP_CONDITIONS.check, None, scripted))

    def _process_signed_file_set(
        self, asked: SignedFileSet, _now: Instant
    ) -> ProcessedFileSet | PartyError:
        octets, signature = bytes.fromhex(asked.file), bytes.fromhex(asked.signature)
        file = read_signed(_FILE_SET, octets, signature, self._setup.trusted)
        if isinstance(file, Refusal):
            return PartyError(FILE_REFUSED.code, file.problem)
        entries = {it.name: it for it in file.installations}

        def check(name: str) -> tuple[Finding, ...]:
            findings = self._entry_findings(entries[name])
            self._processed[name] = not any(it.problem for it in findings)
            return findings

        def discard(name: str) -> tuple[str, ...]:
            # All that this S1SP holds of an Installation is that it may be served.
            self._processed.pop(name)
            return tuple(it.name for it in entries[name].devices)

        return ProcessedFileSet(file_set=file.name, installations=process(entries, check, discard))

    def _entry_findings(self, entry: ServedInstallation) -> tuple[Finding, ...]:
        found = [(it, self._setup.premises.device(entry.name, it.name)) for it in entry.devices]
        records = tuple(record_finding(it.name, it.eui64, record) for it, record in found)
        known = tuple(record for _, record in found if isinstance(record, PremisesDevice))
        return (*records, *self._findings(entry.name, known))

    def _commissioning_file(
        self, asked: CommissioningFileRequest, _now: Instant
    ) -> SignedFile | PartyError:
        hub = self._setup.premises.hub(asked.installation)
        if isinstance(hub, PartyError):
            return hub
        others = tuple(name for name in asked.devices if name != hub.name)
        named = self._setup.premises.named(asked.installation, others)
        if isinstance(named, PartyError):
            return named
        if self._setup.signer is None:
            return PartyError(NO_SIGNER.code, "the S1SP")
        versions = ((it, self._setup.active_version(asked.installation, it.name)) for it in named)
        return write_commissioning(
            asked.installation, asked.common_file, ((hub, None), *versions), self._setup.signer
        )

    def _key_problem(self, device: PremisesDevice) -> str:
        try:
            self._transport_key(device)
        except MissingKeyError as error:
            return str(error)
        return ""

    def _transport_key(self, device: PremisesDevice) -> Key:
        return self._setup.keys.key(device.eui64, KeyUsage.TRANSPORT, self._setup.eui64)

    def _frame(self, asked: of.FrameRequest, _now: Instant) -> of.Framed | PartyError:
        meter = self._served(asked)
        if isinstance(meter, PartyError):
            return meter
        octets = bytes.fromhex(asked.instruction)
        try:
            instructions.decode(octets)
        except DecodeError as error:
            return PartyError(of.BAD_INSTRUCTION.code, str(error))
        code = asked.authorisation
        authorisation = (
            None
            if code is None
            else Authorisation(code.key_version, code.counter, bytes.fromhex(code.code))
        )
        payload = instructions.encode_command(Command(octets, authorisation))
        return self._envelope(EnvelopeKind.INSTRUCTION, meter, payload)

    def _frame_cancel(self, asked: of.CancelRequest, _now: Instant) -> of.Framed | PartyError:
        meter = self._served(asked)
        if isinstance(meter, PartyError):
            return meter
        return self._to_hub(asked, CancelBuffered(meter.eui64, asked.message_id))

    def _frame_list(self, asked: OfDevice, _now: Instant) -> of.Framed | PartyError:
        meter = self._served(asked)
        if isinstance(meter, PartyError):
            return meter
        return self._to_hub(asked, ListBuffered(meter.eui64))

    def _served(self, asked: OfDevice) -> PremisesDevice | PartyError:
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        if not self._processed.get(asked.installation, False):
            return PartyError(of.NOT_PROCESSED.code, f"no file set of {asked.installation} passed")
        return meter

    def _to_hub(self, asked: OfDevice, command: HubCommand) -> of.Framed | PartyError:
        hub = self._setup.premises.hub(asked.installation)
        if isinstance(hub, PartyError):
            return hub
        payload = hub_command.encode_command(command)
        return self._envelope(EnvelopeKind.HUB_COMMAND, hub, payload)

    def _envelope(self, kind: EnvelopeKind, target: PremisesDevice, payload: bytes) -> of.Framed:
        self._messages += 1
        envelope = Envelope(
            kind=kind,
            originator=self._setup.eui64,
            target=target.eui64,
            message_id=self._messages,
            originator_counter=self._messages,
            payload=payload,
        )
        octets = wan.encode(envelope, self._transport_key(target))
        return of.Framed(message_id=self._messages, envelope=octets.hex())

    def _open(self, asked: of.OpenRequest, _now: Instant) -> of.Opened | PartyError:
        octets = bytes.fromhex(asked.envelope)
        try:
            envelope = wan.decode(octets)
            sender = self._sender(envelope, asked.installation)
            if isinstance(sender, PartyError):
                return sender
            home, device = sender
            wan.verify(octets, self._transport_key(device))
            return read_envelope(envelope, home.name, device.name)
        except DecodeError as error:
            return PartyError(of.MALFORMED.code, str(error))
        except SecurityError as error:
            return PartyError(of.BAD_MAC.code, str(error))

    def _sender(
        self, envelope: Envelope, installation: str | None
    ) -> tuple[Home, PremisesDevice] | PartyError:
        sender = self._setup.premises.at(envelope.originator)
        if envelope.target != self._setup.eui64:
            return PartyError(of.NOT_FOR_US.code, "it is for another head-end")
        if sender is None:
            return PartyError(of.NOT_FOR_US.code, "nobody knows the device that sent it")
        if installation not in (None, sender[0].name):
            return PartyError(of.NOT_FOR_US.code, f"it is from {sender[0].name}")
        return sender
