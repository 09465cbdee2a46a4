"""Builds the parties of a world from its case: who they are, what they hold, how they misbehave."""

from collections.abc import Callable, Sequence

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.emulator.parties.accounts import Accounts
from hanbench.emulator.parties.authorisation_intake import (
    AuthorisationIntake,
    AuthorisationSubmission,
)
from hanbench.emulator.parties.commissioning_party import (
    CommissioningParty,
    CommissioningPartySetup,
)
from hanbench.emulator.parties.configuration import SettingsOf
from hanbench.emulator.parties.dco import Dco, DcoSetup
from hanbench.emulator.parties.dsp import Dsp, DspSetup
from hanbench.emulator.parties.epcl import Epcl, EpclSetup
from hanbench.emulator.parties.firmware import FirmwareRegister, InstallingSupplier
from hanbench.emulator.parties.inventory import Inventory, InventorySetup
from hanbench.emulator.parties.mcc import Mcc, MccSetup
from hanbench.emulator.parties.n55 import N55Conduct
from hanbench.emulator.parties.network_certificates import NetworkCertificates
from hanbench.emulator.parties.old_key_commands import SmsoRecord
from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import Home, Premises, PremisesDevice
from hanbench.emulator.parties.psp import Psp, PspSetup
from hanbench.emulator.parties.s1sp import S1sp, S1spSetup
from hanbench.emulator.parties.service_requests import SUPPLIER_ROLES, Role
from hanbench.emulator.parties.smso import Smso, SmsoConduct, SmsoSetup
from hanbench.emulator.parties.supplier import Supplier, SupplierSetup
from hanbench.harness.errors import HarnessError
from hanbench.harness.files.scenario_process import SubmitAuthorisation
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.parties.authorisation_files import authorisation_files, day_of, group_of
from hanbench.harness.parties.check_table import load_check_table
from hanbench.harness.parties.dormant_work import DormantWork, dormant_work, no_settings
from hanbench.harness.parties.migration_signers import (
    COMMISSIONING_PARTY,
    s1sp_keys,
    supplier_keys,
    test_signers,
    trusted_signers,
)
from hanbench.harness.parties.migration_signers import S1SP as S1SP_ROLE
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64, Organisations
from hanbench.harness.running.case import Case
from hanbench.harness.streams import draw_bytes
from hanbench.protocol.sua import SuaScheme

FOR_GOOD = 1 << 30
LastContact = Callable[[str, str], Instant | None]
IsReachable = Callable[[str, Instant], bool]


def build_organisations(
    case: Case,
    keyring: Keyring,
    scheme: SuaScheme,
    last_contact_at: LastContact,
    is_reachable: IsReachable,
    *,
    settings_of: SettingsOf = no_settings,
    make_smso: type[Smso] = Smso,
) -> Organisations:
    """Put the parties of a case together."""
    cases = (case, *case.companions)
    premises = Premises(tuple(_home(one) for one in cases))
    accounts = Accounts()
    inventory = _inventory(case, premises)
    supplier = _supplier(cases, premises, accounts)
    work = dormant_work(case, premises, settings_of)
    certificates = NetworkCertificates(premises, inventory)
    dco = _dco(case, premises, accounts, keyring, scheme)
    smso = make_smso(
        _smso(cases, premises, accounts, supplier, keyring, scheme, last_contact_at, dco, work)
    )
    s1sp = _s1sp(case, premises, accounts, keyring, inventory, dco, certificates, smso)
    intake = _intake(case, premises)
    mcc = _mcc(case, premises, accounts, supplier, inventory, intake)
    epcl = _epcl(case, premises, work.firmware)
    smso.on_start = mcc.started
    dsp = _dsp(cases, premises, inventory, is_reachable, s1sp)
    return Organisations(
        smso=smso,
        dco=dco,
        s1sp=s1sp,
        commissioning_party=_commissioning_party(
            case, premises, accounts, inventory, dco, intake, certificates, epcl
        ),
        supplier=supplier,
        psp=Psp(PspSetup(smso, s1sp)),
        inventory=inventory,
        accounts=accounts,
        mcc=mcc,
        epcl=epcl,
        dsp=dsp,
        installing_supplier=InstallingSupplier(work.firmware, work.configuration),
        firmware=work.firmware,
        configuration=work.configuration,
        network_certificates=certificates,
        premises=premises,
        is_reachable=is_reachable,
        last_contact_at=last_contact_at,
    )


def _inventory(case: Case, premises: Premises) -> Inventory:
    stated = case.scenario.parties.inventory
    return Inventory(InventorySetup(premises, stated.applies_overtaken))


def _supplier(cases: Sequence[Case], premises: Premises, accounts: Accounts) -> Supplier:
    arranged = tuple(one.installation.supplier.name for one in cases if one.has_arrangement)
    scenario = cases[0].scenario
    missed_after = scenario.epoch if scenario.parties.mcc.late_stops == "missed" else None
    return Supplier(SupplierSetup(premises, accounts, arranged, missed_after))


def _smso(
    cases: Sequence[Case],
    premises: Premises,
    accounts: Accounts,
    supplier: Supplier,
    keyring: Keyring,
    scheme: SuaScheme,
    last_contact_at: LastContact,
    dco: Dco,
    work: DormantWork,
) -> SmsoSetup:
    return SmsoSetup(
        premises=premises,
        accounts=accounts,
        supplier=supplier,
        keys=keyring,
        scheme=scheme,
        eui64=SMSO_EUI64,
        records={key: record for one in cases for key, record in _records(one).items()},
        last_contact_at=last_contact_at,
        utrn_period_started_at=dco.utrn_period_started_at,
        firmware=work.firmware,
        configuration=work.configuration,
        conduct=_conduct(cases),
    )


def _intake(case: Case, premises: Premises) -> AuthorisationIntake:
    """Have the suppliers send their Migration Authorisations, but for those that a step sends."""
    intake = AuthorisationIntake(premises)
    later = [
        group_of(case, step.of)
        for step in case.scenario.steps
        if isinstance(step, SubmitAuthorisation)
    ]
    for file in authorisation_files(case) if case.scenario.migrates else ():
        if file.group in later:
            continue
        sent = AuthorisationSubmission(name=file.name, file=file.octets.hex())
        refused = intake.submit(sent)
        if isinstance(refused, PartyError):
            raise HarnessError(f"the bench's own Authorisation is refused: {refused.detail}")
    return intake


def _s1sp(
    case: Case,
    premises: Premises,
    accounts: Accounts,
    keyring: Keyring,
    inventory: Inventory,
    dco: Dco,
    certificates: NetworkCertificates,
    smso: Smso,
) -> S1sp:
    return S1sp(
        S1spSetup(
            premises=premises,
            accounts=accounts,
            inventory=inventory,
            network_certificates=certificates,
            keys=keyring,
            eui64=S1SP_EUI64,
            trusted=trusted_signers(),
            signer=test_signers()[S1SP_ROLE],
            active_version=dco.active_version,
            file_set_failures=dict.fromkeys(case.scenario.parties.s1sp.file_set_fails, 1),
            utrn_period_started_at=dco.utrn_period_started_at,
            n55=_n55_conduct(case),
            last_sequences={
                (case.installation.name, device): last
                for device, last in case.scenario.parties.s1sp.last_sequence.items()
            },
            vends_early=case.scenario.parties.s1sp.vends_early,
            smso_sequence=smso.last_sequence,
        )
    )


def _n55_conduct(case: Case) -> N55Conduct:
    stated, home = case.scenario.parties.s1sp, case.installation.name
    return N55Conduct(
        lost={(home, device): times for device, times in stated.lost_n55.items()},
        late_us={(home, device): late for device, late in stated.late_n55_us.items()},
        twice=tuple((home, device) for device in stated.n55_twice),
        mixed_up={(home, device): other for device, other in stated.n55_for_another.items()},
    )


def _dsp(
    cases: Sequence[Case],
    premises: Premises,
    inventory: Inventory,
    is_reachable: IsReachable,
    s1sp: S1sp,
) -> Dsp:
    """Every supplier of a meter is a user in the roles of a supplier; others the scenario names."""
    suppliers = dict.fromkeys(name for home in premises.homes for name in home.suppliers)
    users: dict[str, tuple[Role, ...]] = dict.fromkeys(suppliers, SUPPLIER_ROLES)
    stated = cases[0].scenario.parties.dsp
    dsp = Dsp(
        DspSetup(
            premises=premises,
            inventory=inventory,
            users=users | stated.users,
            trusted=supplier_keys(),
            is_reachable=is_reachable,
            overlooks=stated.overlooks,
            lost_responses={cases[0].installation.name: stated.lost_responses},
        )
    )
    s1sp.cos.on_taken = dsp.taken_over
    return dsp


def _epcl(case: Case, premises: Premises, firmware: FirmwareRegister) -> Epcl:
    stated = case.scenario.parties.epcl
    return Epcl(
        EpclSetup(
            premises=premises,
            epoch=case.scenario.epoch,
            without=stated.without,
            uneconomic=stated.uneconomic,
            firmware=stated.firmware,
            fitted=firmware.of,
            vouches=stated.vouches,
        )
    )


def _mcc(
    case: Case,
    premises: Premises,
    accounts: Accounts,
    supplier: Supplier,
    inventory: Inventory,
    intake: AuthorisationIntake,
) -> Mcc:
    return Mcc(
        MccSetup(
            premises=premises,
            accounts=accounts,
            supplier=supplier,
            epoch=case.scenario.epoch,
            intake=intake,
            daily_limit=case.scenario.parties.mcc.daily_limit,
            overlooks=case.scenario.parties.mcc.overlooks,
            is_commissioned=inventory.is_commissioned,
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
            file_set_failures=dict.fromkeys(case.scenario.parties.dco.file_set_fails, 1),
            failing_file_sets=case.scenario.parties.dco.failing_file_sets,
            discards_escrow=case.scenario.parties.dco.discards_escrow,
        )
    )


def _commissioning_party(
    case: Case,
    premises: Premises,
    accounts: Accounts,
    inventory: Inventory,
    dco: Dco,
    intake: AuthorisationIntake,
    certificates: NetworkCertificates,
    epcl: Epcl,
) -> CommissioningParty:
    return CommissioningParty(
        CommissioningPartySetup(
            premises=premises,
            accounts=accounts,
            inventory=inventory,
            has_own_active_key=dco.has_own_active_key,
            table=load_check_table(),
            trusted=trusted_signers(),
            authorisations=intake.received,
            without_entry=epcl.shown_without,
            s1sp_keys=s1sp_keys(),
            signer=test_signers()[COMMISSIONING_PARTY],
            rejects=case.scenario.parties.commissioning_party.rejects,
            attach=certificates.attach,
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
        migration_day=day_of(case),
        is_day_bound=case.scenario.authorised.day is not None,
        cohort=case.cohort,
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
        last_heard_us_before={
            (home, name): value for home, smso in own for name, value in smso.last_heard.items()
        },
        recent_us={
            home: DAY_US for home, smso in own if smso.communications == "checked-on-the-day"
        },
        vouches=tuple(home for home, smso in own if smso.vouches_for_silent),
        keeps_web_vend=tuple(home for home, smso in own if smso.keeps_web_vend),
        heeds_stops=all(smso.heeds_stops for _, smso in own),
    )
