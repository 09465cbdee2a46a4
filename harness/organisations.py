"""Builds the parties around one Installation from its case, and calls their operations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.accounts import Accounts
from hanbench.emulator.parties.commissioning_party import (
    CommissioningParty,
    CommissioningPartySetup,
)
from hanbench.emulator.parties.dco import Dco, DcoSetup
from hanbench.emulator.parties.epcl import Epcl, EpclSetup
from hanbench.emulator.parties.inventory import Inventory, InventorySetup
from hanbench.emulator.parties.mcc import Mcc, MccSetup
from hanbench.emulator.parties.old_key_commands import SmsoRecord
from hanbench.emulator.parties.operation import Json, Party, PartyError
from hanbench.emulator.parties.premises import Home, Premises, PremisesDevice
from hanbench.emulator.parties.psp import Psp, PspSetup
from hanbench.emulator.parties.s1sp import S1sp, S1spSetup
from hanbench.emulator.parties.smso import Smso, SmsoConduct, SmsoSetup
from hanbench.emulator.parties.supplier import Supplier, SupplierSetup
from hanbench.harness.case import Case
from hanbench.harness.check_table import load_check_table
from hanbench.harness.keyring import Keyring
from hanbench.harness.migration_signers import trusted_signers
from hanbench.harness.streams import draw_bytes
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.sua import SuaScheme

S1SP_EUI64 = Eui64(0x90B3D51F30F00001)
SMSO_EUI64 = Eui64(0x90B3D51F30F00002)
"""Addresses of the emulated head-ends [M], beside the DCC's published test addresses."""
FOR_GOOD = 1 << 30

LastContact = Callable[[str, str], Instant | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisations:
    """The parties of one case."""

    smso: Smso
    dco: Dco
    s1sp: S1sp
    commissioning_party: CommissioningParty
    supplier: Supplier
    psp: Psp
    inventory: Inventory
    accounts: Accounts
    mcc: Mcc
    epcl: Epcl

    def call(self, party: str, operation: str, arguments: Json, now: Instant) -> Json | PartyError:
        """Call an operation of a party by its name in the catalogue."""
        parties: dict[str, Party] = {
            "SMSO": self.smso,
            "DCO": self.dco,
            "S1SP": self.s1sp,
            "COMMISSIONING_PARTY": self.commissioning_party,
            "SUPPLIER": self.supplier,
            "PSP": self.psp,
            "INVENTORY": self.inventory,
            "MCC": self.mcc,
            "EPCL": self.epcl,
        }
        if party not in parties:
            known = ", ".join(parties)
            return PartyError("BAD_REQUEST", f"no party {party!r}; there are {known}")
        return parties[party].call(operation, arguments, now)


def build_organisations(
    case: Case, keyring: Keyring, scheme: SuaScheme, last_contact_at: LastContact
) -> Organisations:
    """Put the parties of a case together."""
    cases = (case, *case.companions)
    premises = Premises(tuple(_home(one) for one in cases))
    accounts = Accounts()
    inventory = Inventory(InventorySetup(premises))
    arranged = tuple(one.installation.supplier.name for one in cases if one.has_arrangement)
    supplier = Supplier(SupplierSetup(premises, accounts, arranged))
    dco = _dco(case, premises, accounts, keyring, scheme)
    smso = Smso(
        SmsoSetup(
            premises=premises,
            accounts=accounts,
            supplier=supplier,
            keys=keyring,
            scheme=scheme,
            eui64=SMSO_EUI64,
            records={key: record for one in cases for key, record in _records(one).items()},
            last_contact_at=last_contact_at,
            utrn_period_started_at=dco.utrn_period_started_at,
            conduct=_conduct(cases),
        )
    )
    s1sp = S1sp(
        S1spSetup(
            premises=premises,
            accounts=accounts,
            inventory=inventory,
            keys=keyring,
            eui64=S1SP_EUI64,
            trusted=trusted_signers(),
            utrn_period_started_at=dco.utrn_period_started_at,
        )
    )
    mcc = _mcc(case, premises, accounts, supplier)
    smso.on_start = mcc.started
    return Organisations(
        smso=smso,
        dco=dco,
        s1sp=s1sp,
        commissioning_party=_commissioning_party(premises, accounts, inventory, dco),
        supplier=supplier,
        psp=Psp(PspSetup(smso, s1sp)),
        inventory=inventory,
        accounts=accounts,
        mcc=mcc,
        epcl=_epcl(case, premises),
    )


def _epcl(case: Case, premises: Premises) -> Epcl:
    scenario = case.scenario
    return Epcl(EpclSetup(premises, scenario.epoch, scenario.parties.epcl.without))


def _mcc(case: Case, premises: Premises, accounts: Accounts, supplier: Supplier) -> Mcc:
    return Mcc(
        MccSetup(
            premises=premises,
            accounts=accounts,
            supplier=supplier,
            epoch=case.scenario.epoch,
            daily_limit=case.scenario.parties.mcc.daily_limit,
            overlooks_stops=case.scenario.parties.mcc.overlooks_stops,
        )
    )


def _dco(
    case: Case, premises: Premises, accounts: Accounts, keyring: Keyring, scheme: SuaScheme
) -> Dco:
    def draw_for_dco(purpose: str, occurrence: int, octets: int) -> bytes:
        return draw_bytes(case.seed, "DCO", purpose, occurrence, length=octets)

    return Dco(
        DcoSetup(
            premises=premises,
            accounts=accounts,
            keys=keyring,
            scheme=scheme,
            draw=draw_for_dco,
            trusted=trusted_signers(),
        )
    )


def _commissioning_party(
    premises: Premises, accounts: Accounts, inventory: Inventory, dco: Dco
) -> CommissioningParty:
    return CommissioningParty(
        CommissioningPartySetup(
            premises=premises,
            accounts=accounts,
            inventory=inventory,
            has_own_active_key=dco.has_own_active_key,
            table=load_check_table(),
            trusted=trusted_signers(),
        )
    )


def _home(case: Case) -> Home:
    installation = case.installation
    return Home(
        name=installation.name,
        supplier=installation.supplier.name,
        devices=tuple(
            PremisesDevice(
                name=name,
                eui64=entry.eui64,
                type=entry.type,
                model=entry.model,
                mode=entry.mode,
                is_third_party=entry.third_party,
                joined_order=order,
                has_required_data=name not in case.scenario.parties.smso.lacks_data,
                supplier=case.gas_supplier if entry.type == "GSME" else "",
            )
            for order, (name, entry) in enumerate(installation.devices.items())
        ),
        migration_day=_day(case),
        is_day_bound=case.scenario.authorised.day is not None,
    )


def _records(case: Case) -> dict[tuple[str, str], SmsoRecord]:
    home = case.installation.name
    return {
        (home, name): SmsoRecord(entry.sua.version, entry.sua.last_counter)
        for name, entry in case.installation.devices.items()
        if entry.is_meter
    }


def _conduct(cases: Sequence[Case]) -> SmsoConduct:
    """Put what is particular about each home into one SMSO."""
    own = [(one.installation.name, one.scenario.parties.smso) for one in cases]
    return SmsoConduct(
        hand_over_refusals={
            (home, name): FOR_GOOD for home, smso in own for name in smso.refuses_hand_over
        },
        master_key_missing=tuple(
            (home, name) for home, smso in own for name in smso.missing_master_key
        ),
        stale_counter={
            (home, name): value for home, smso in own for name, value in smso.stale_counter.items()
        },
        wrong_key=tuple((home, name) for home, smso in own for name in smso.wrong_key),
        silent=tuple((home, name) for home, smso in own for name in smso.silent),
        heeds_stops=all(smso.heeds_stops for _, smso in own),
    )


def _day(case: Case) -> int:
    """Return the day of a case's Migration Authorisation; day 0 is that of the epoch."""
    authorised = case.scenario.authorised
    if authorised.day is not None:
        return authorised.day
    epoch = case.scenario.epoch
    return (epoch + timedelta(microseconds=authorised.at_us)).date().toordinal() - (
        epoch.date().toordinal()
    )
