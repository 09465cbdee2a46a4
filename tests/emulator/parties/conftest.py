"""All parties of two small homes, and a meter that answers as the model of a meter does."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.accounts import Accounts
from hanbench.emulator.parties.commissioning_party import (
    CommissioningParty,
    CommissioningPartySetup,
)
from hanbench.emulator.parties.configuration import (
    ConfigurationRegister,
    ConfigurationSetup,
    ConfigurationStep,
)
from hanbench.emulator.parties.dco import Dco, DcoSetup
from hanbench.emulator.parties.dsp import Dsp, DspSetup
from hanbench.emulator.parties.epcl import Epcl, EpclSetup
from hanbench.emulator.parties.firmware import (
    FirmwareRegister,
    FirmwareSetup,
    InstallingSupplier,
)
from hanbench.emulator.parties.inventory import Inventory, InventorySetup
from hanbench.emulator.parties.mcc import Mcc, MccSetup
from hanbench.emulator.parties.n55 import N55Conduct
from hanbench.emulator.parties.network_certificates import NetworkCertificates
from hanbench.emulator.parties.old_key_commands import SmsoRecord
from hanbench.emulator.parties.operation import Party, PartyError
from hanbench.emulator.parties.premises import Home, Premises, PremisesDevice
from hanbench.emulator.parties.psp import Psp, PspSetup
from hanbench.emulator.parties.s1sp import S1sp, S1spSetup
from hanbench.emulator.parties.smso import Smso, SmsoConduct, SmsoSetup
from hanbench.emulator.parties.supplier import Supplier, SupplierSetup
from hanbench.harness.parties.check_table import load_check_table
from hanbench.harness.parties.migration_signers import (
    s1sp_keys,
    supplier_keys,
    test_signers,
    trusted_signers,
)
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.errors import MissingKeyError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    ConfirmRotation,
    PrepareRotation,
    ProveRotation,
    RotateSuaKey,
)
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1, AnswerScope, SuaScope
from hanbench.protocol.sua_rotation import open_successor, rotation_nonce, successor_of

SMSO_EUI = Eui64(0x90B3D51F30000001)
S1SP_EUI = Eui64(0x90B3D51F30000002)
NOBODY = Eui64(0)
T0 = Instant(0)
FIRST_COUNTER = 41
WINDOW = 10

HUB = PremisesDevice(name="hub", eui64=Eui64(0x00DB1234567890A2), type="CHF")
ESME = PremisesDevice(
    name="esme", eui64=Eui64(0x00DB1234567890A0), type="ESME", model="L100", mode="active"
)
GSME = PremisesDevice(
    name="gsme", eui64=Eui64(0x00DB1234567890A1), type="GSME", model="G4", mode="active"
)
OLD_PPMID = PremisesDevice(
    name="old-ppmid", eui64=Eui64(0x00DB1234567890A4), type="PPMID", joined_order=1
)
PPMID = PremisesDevice(name="ppmid", eui64=Eui64(0x00DB1234567890A5), type="PPMID", joined_order=2)
BARE_IHD = PremisesDevice(
    name="bare-ihd", eui64=Eui64(0x00DB1234567890A6), type="IHD", has_required_data=False
)
STRANGER = PremisesDevice(
    name="stranger", eui64=Eui64(0x00DB1234567890A7), type="IHD", is_third_party=True
)
REPEATER = PremisesDevice(
    name="repeater", eui64=Eui64(0x00DB1234567890A8), type="REPEATER", is_third_party=True
)
HOME_1 = Home(
    name="home-1",
    supplier="supplier-a",
    devices=(HUB, ESME, GSME, OLD_PPMID, PPMID, BARE_IHD, STRANGER, REPEATER),
)
OTHER_GAS = PremisesDevice(
    name="other-gas", eui64=Eui64(0x0200000000000201), type="GSME", is_third_party=True
)
HOME_2 = Home(
    name="home-2",
    supplier="supplier-a",
    devices=(
        replace(HUB, eui64=Eui64(0x00DB1234567890B2)),
        replace(ESME, eui64=Eui64(0x00DB1234567890B0), mode="dormant"),
    ),
)
HOME_3 = Home(
    name="home-3",
    supplier="supplier-b",
    migration_day=1,
    devices=(
        replace(HUB, eui64=Eui64(0x00DB1234567890C2)),
        replace(ESME, eui64=Eui64(0x00DB1234567890C0), mode="dormant"),
        replace(GSME, eui64=Eui64(0x00DB1234567890C1), supplier="supplier-a"),
    ),
)
HOME_4 = Home(
    name="home-4",
    supplier="supplier-c",
    migration_day=3,
    devices=(
        replace(HUB, eui64=Eui64(0x00DB1234567890D2)),
        replace(ESME, eui64=Eui64(0x00DB1234567890D0)),
        OTHER_GAS,
    ),
)


HELD = {"payment-mode": 1, "standing-charge-tenth-pence": 0, "unit-rate-tenth-pence": 270}
"""What every meter is configured to as a bench begins."""
CONFIGURATION_STEPS = (
    ConfigurationStep(setting="unit-rate-tenth-pence", value=281),
    ConfigurationStep(setting="payment-mode", value=0),
)


class Keys:
    """A key store that derives test keys, except those it is told to lack."""

    def __init__(self, lacking: tuple[tuple[Eui64, KeyUsage], ...] = ()) -> None:
        self._lacking = lacking

    def key(self, eui64: Eui64, usage: KeyUsage, peer: Eui64 = NOBODY) -> Key:
        if (eui64, usage) in self._lacking:
            raise MissingKeyError(f"no {usage.value} key")
        return derive_test_key("parties", usage, eui64, peer)


def draw(purpose: str, occurrence: int, octets: int) -> bytes:
    return hashlib.sha256(f"{purpose}#{occurrence}".encode()).digest()[:octets]


@dataclass
class MeterStandIn:
    """What a meter makes of an Instruction: enough of domain.md 10.2 and 10.3 for the parties."""

    device: PremisesDevice
    keys: Keys
    version: int = 1
    key: Key = field(init=False)
    counter: int = FIRST_COUNTER
    staged: tuple[int, Key] | None = None
    max_version: int = 1

    def __post_init__(self) -> None:
        self.key = self.keys.key(self.device.eui64, KeyUsage.SUA)

    def obey(self, request: bytes, code: dict[str, Any] | None = None) -> AnswerMessage:
        if code is None:
            return self.answer(request, Outcome.ACCEPTED)
        outcome = self._judge(request, code)
        payload = self._execute(request) if outcome is Outcome.ACCEPTED else b""
        return self.answer(request, outcome, payload)

    def answer(self, request: bytes, outcome: Outcome, payload: bytes = b"") -> AnswerMessage:
        scope = AnswerScope(
            eui64=self.device.eui64,
            key_version=self.version,
            request_digest=instructions.digest(request),
            outcome=outcome,
            last_counter=self.counter,
            payload=payload,
        )
        mac = HAN_SUA_M1.answer_mac(self.key, scope)
        return AnswerMessage(outcome, self.version, self.counter, payload, mac)

    def _judge(self, request: bytes, code: dict[str, Any]) -> Outcome:
        version, counter = code["key_version"], code["counter"]
        is_staged = self.staged is not None and version == self.staged[0]
        if version != self.version and not is_staged:
            return Outcome.WRONG_KEY_VERSION
        key = self.staged[1] if self.staged is not None and is_staged else self.key
        scope = SuaScope(
            eui64=self.device.eui64,
            key_version=version,
            counter=counter,
            digest=instructions.digest(request),
        )
        try:
            HAN_SUA_M1.verify(key, scope, bytes.fromhex(code["code"]))
        except SecurityError:
            return Outcome.BAD_CODE
        if is_staged:
            return Outcome.ACCEPTED
        if counter <= self.counter:
            return Outcome.REPLAYED
        if counter > self.counter + WINDOW:
            return Outcome.OUT_OF_WINDOW
        self.counter = counter
        return Outcome.ACCEPTED

    def _execute(self, request: bytes) -> bytes:
        instruction = instructions.decode(request)
        eui64 = self.device.eui64
        match instruction:
            case RotateSuaKey() | PrepareRotation():
                master = self.keys.key(eui64, KeyUsage.MASTER)
                key = open_successor(HAN_SUA_M1, master, successor_of(instruction), eui64)
                if isinstance(instruction, PrepareRotation):
                    self.staged = (instruction.version, key)
                    return b""
                self._commit(instruction.version, key)
                nonce = rotation_nonce(instructions.digest(request))
                return HAN_SUA_M1.proof(key, eui64, instruction.version, nonce)
            case ProveRotation(version=version, nonce=nonce):
                assert self.staged is not None
                return HAN_SUA_M1.proof(self.staged[1], eui64, version, nonce)
            case ConfirmRotation():
                assert self.staged is not None
                self._commit(*self.staged)
        return b""

    def _commit(self, version: int, key: Key) -> None:
        self.version, self.key, self.counter, self.staged = version, key, 0, None


EPOCH = datetime(2021, 3, 1, 9, tzinfo=UTC)


@dataclass
class Bench:
    """The parties of all homes, and short ways to call them."""

    accounts: Accounts
    supplier: Supplier
    inventory: Inventory
    dco: Dco
    smso: Smso
    s1sp: S1sp
    commissioning_party: CommissioningParty
    psp: Psp
    keys: Keys
    mcc: Mcc
    epcl: Epcl
    dsp: Dsp
    installing_supplier: InstallingSupplier
    certificates: NetworkCertificates

    @staticmethod
    def succeed(
        party: Party, operation: str, now: Instant = T0, **arguments: object
    ) -> dict[str, Any]:
        result = party.call(operation, arguments, now)
        assert not isinstance(result, PartyError), result
        return result

    @staticmethod
    def refuse(party: Party, operation: str, now: Instant = T0, **arguments: object) -> str:
        result = party.call(operation, arguments, now)
        assert isinstance(result, PartyError), result
        return result.code

    @property
    def parties(self) -> tuple[Party, ...]:
        return (
            self.mcc,
            self.epcl,
            self.smso,
            self.dco,
            self.s1sp,
            self.commissioning_party,
            self.inventory,
            self.installing_supplier,
            self.dsp,
            self.supplier,
            self.psp,
        )

    def gas(
        self, party: Party, operation: str, now: Instant = T0, **arguments: object
    ) -> dict[str, Any]:
        """Call about home-1's gas meter, and insist on a result."""
        named = {"installation": "home-1", "device": "gsme", **arguments}
        return self.succeed(party, operation, now, **named)

    def refuse_gas(
        self, party: Party, operation: str, now: Instant = T0, **arguments: object
    ) -> str:
        """Call about home-1's gas meter, and insist on a refusal."""
        named = {"installation": "home-1", "device": "gsme", **arguments}
        return self.refuse(party, operation, now, **named)

    def hand_over(self, installation: str = "home-1", device: str = "gsme") -> dict[str, Any]:
        """Start the migration, and bring the keys of a meter to the DCO."""
        self.succeed(self.smso, "start_migration", T0, installation=installation)
        one = {"installation": installation, "device": device}
        file = self.succeed(self.smso, "hand_over", T0, **one)["file"]
        return self.succeed(self.dco, "accept_hand_over", T0, **one, file=file)

    def authorise(self, request: bytes, version: int) -> dict[str, Any]:
        return self.gas(self.dco, "authorise", instruction=request.hex(), version=version)

    def read(self, request: bytes, answer: AnswerMessage, now: Instant = T0) -> dict[str, Any]:
        octets = answers.encode(answer).hex()
        return self.gas(self.dco, "read_answer", now, instruction=request.hex(), answer=octets)

    def exchange(
        self, meter: MeterStandIn, request: bytes, version: int, now: Instant = T0
    ) -> dict[str, Any]:
        """Have a code issued, let the meter act on it, and let the DCO read the answer."""
        return self.read(request, meter.obey(request, self.authorise(request, version)), now)

    def rotate(self, meter: MeterStandIn, now: Instant = T0) -> dict[str, Any]:
        """Hand over, escrow a successor, rotate, and return what the answer proves."""
        self.hand_over()
        return self.exchange(meter, self.rotation(), 1, now)

    def rotation(self, request_id: int = 1) -> bytes:
        new = self.gas(self.dco, "escrow_successor")
        return instructions.encode(
            RotateSuaKey(
                request_id,
                new["version"],
                bytes.fromhex(new["wrapped"]),
                bytes.fromhex(new["check_value"]),
            )
        )


def make_bench(
    *,
    conduct: SmsoConduct | None = None,
    with_arrangement: tuple[str, ...] = ("supplier-a",),
    lacking: tuple[tuple[Eui64, KeyUsage], ...] = (),
    **failures: Any,
) -> Bench:
    """Build the parties; `failures` go to the setups that have a field of that name."""
    premises = Premises((HOME_1, HOME_2, HOME_3, HOME_4))
    accounts = Accounts(failures.pop("starts_before", None))
    keys = Keys(lacking)
    supplier = Supplier(SupplierSetup(premises, accounts, with_arrangement))
    inventory = Inventory(InventorySetup(premises))
    dco = Dco(
        DcoSetup(
            premises=premises,
            accounts=accounts,
            keys=keys,
            scheme=HAN_SUA_M1,
            draw=draw,
            trusted=trusted_signers(),
            file_set_failures=failures.get("file_set_failures", {}),
        )
    )
    held = failures.get("held", {})
    meters = [(home.name, meter.name) for home in premises.homes for meter in home.meters]
    certificates = NetworkCertificates(premises, inventory)
    firmware = FirmwareRegister(
        FirmwareSetup(
            premises=premises,
            fitted={"esme": "00000001"},
            sequences={"L100": ("00000001", "00000002", "00000003")},
            failing_upgrades=failures.get("failing_upgrades", {}),
        )
    )
    configuration = ConfigurationRegister(
        ConfigurationSetup(
            premises=premises,
            settings_of=lambda *meter: held.get(meter, HELD),
            required={"L100": {"payment-mode": 0, "unit-rate-tenth-pence": 281}},
            sequences={"L100": CONFIGURATION_STEPS},
            failing=failures.get("failing_configurations", {}),
        )
    )
    smso = Smso(
        SmsoSetup(
            configuration=configuration,
            premises=premises,
            accounts=accounts,
            supplier=supplier,
            keys=keys,
            scheme=HAN_SUA_M1,
            eui64=SMSO_EUI,
            records={
                meter: SmsoRecord(failures.get("key_version", 1), FIRST_COUNTER) for meter in meters
            },
            firmware=firmware,
            last_contact_at=lambda _, device: None if device == "gsme" else Instant(7),
            utrn_period_started_at=dco.utrn_period_started_at,
            last_sequences=failures.get("last_sequences", {}),
            conduct=conduct or SmsoConduct(),
        )
    )
    s1sp = S1sp(
        S1spSetup(
            premises=premises,
            accounts=accounts,
            inventory=inventory,
            network_certificates=certificates,
            keys=keys,
            eui64=S1SP_EUI,
            trusted=trusted_signers(),
            utrn_period_started_at=dco.utrn_period_started_at,
            last_sequences=failures.get("last_sequences", {}),
            file_set_failures=failures.get("file_set_failures", {}),
            signer=test_signers()["S1SP"],
            active_version=dco.active_version,
            n55=failures.get("n55", N55Conduct()),
        )
    )
    commissioning_party = CommissioningParty(
        CommissioningPartySetup(
            premises=premises,
            accounts=accounts,
            inventory=inventory,
            has_own_active_key=dco.has_own_active_key,
            table=load_check_table(),
            trusted=trusted_signers(),
            authorisations=_given(failures.get("authorisations")),
            s1sp_keys=s1sp_keys(),
            signer=test_signers()["COMMISSIONING_PARTY"],
            without_entry=failures.get("without_entry", lambda _home: ()),
            refusals=failures.get("refusals", {}),
        )
    )
    psp = Psp(PspSetup(smso, s1sp))
    mcc = Mcc(
        MccSetup(
            premises=premises,
            accounts=accounts,
            supplier=supplier,
            epoch=EPOCH,
            daily_limit=failures.get("daily_limit", {}),
            is_commissioned=inventory.is_commissioned,
        )
    )
    smso.on_start = mcc.started
    epcl = Epcl(EpclSetup(premises, EPOCH, failures.get("without", ())))
    dsp = Dsp(
        DspSetup(
            premises=premises,
            inventory=inventory,
            users={
                "supplier-a": ("IS", "GS"),
                "supplier-b": ("IS", "GS"),
                "supplier-c": ("IS", "GS"),
                "distributor": ("ED",),
            },
            trusted=supplier_keys(),
            is_reachable=failures.get("is_reachable", lambda _installation, _now: True),
        )
    )
    return Bench(
        accounts,
        supplier,
        inventory,
        dco,
        smso,
        s1sp,
        commissioning_party,
        psp,
        keys,
        mcc,
        epcl,
        dsp,
        InstallingSupplier(firmware, configuration),
        certificates,
    )


@pytest.fixture
def bench() -> Bench:
    return make_bench()


@pytest.fixture(name="make_bench")
def make_bench_fixture() -> Callable[..., Bench]:
    return make_bench


@pytest.fixture
def meter_of() -> Callable[[Bench], MeterStandIn]:
    """Return home-1's gas meter for a bench that the test makes itself."""
    return lambda bench: MeterStandIn(GSME, bench.keys)


@pytest.fixture
def meter(bench: Bench) -> MeterStandIn:
    return MeterStandIn(GSME, bench.keys)


def _given(messages: object) -> object:
    """Return what asks for the Migration Authorisations; None: nobody looks at them."""
    return None if messages is None else lambda: messages
