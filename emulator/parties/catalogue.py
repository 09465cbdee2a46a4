"""All parties and their operations, in the order in which an engine meets them.

This is the users' API: `tools/make_catalogue.py` writes `docs/parties.md` and
`docs/schemas/parties.json` from it. A change that breaks a caller raises the version.
"""

from dataclasses import dataclass

from hanbench.emulator.parties import (
    commissioning_party_operations,
    configuration,
    dco_operations,
    dsp_operations,
    epcl_operations,
    firmware,
    inventory_operations,
    mcc_operations,
    psp_operations,
    s1sp_operations,
    smso_operations,
    supplier_operations,
)
from hanbench.emulator.parties.operation import Catalogue

CATALOGUE_VERSION = 1


@dataclass(frozen=True, slots=True)
class PartyEntry:
    """One party: its name, who it is, and what it can be asked."""

    name: str
    role: str
    operations: Catalogue


PARTIES = (
    PartyEntry(
        "MCC",
        "The DCC's Migration Control Centre: says what may be started, and what may not.",
        mcc_operations.CATALOGUE,
    ),
    PartyEntry(
        "EPCL",
        "The Eligible Product Combinations List: which models may be migrated.",
        epcl_operations.CATALOGUE,
    ),
    PartyEntry(
        "SMSO",
        "The Secure SMSO: holds the meters before migration, and moves their accounts.",
        smso_operations.CATALOGUE,
    ),
    PartyEntry(
        "DCO",
        "Alone holds SUA keys: issues codes, reads answers, escrows successors.",
        dco_operations.CATALOGUE,
    ),
    PartyEntry(
        "S1SP",
        "The DCC as SMETS1 Service Provider: frames, opens, and makes UTRNs on the DCC's side.",
        s1sp_operations.CATALOGUE,
    ),
    PartyEntry(
        "COMMISSIONING_PARTY",
        "Takes and checks the Migration Common File, and commissions devices.",
        commissioning_party_operations.CATALOGUE,
    ),
    PartyEntry(
        "INVENTORY",
        "The DCC's Smart Metering Inventory.",
        inventory_operations.CATALOGUE,
    ),
    PartyEntry(
        "INSTALLING_SUPPLIER",
        "Who had the meters installed: supplies the firmware and the sequences of Dormant ones.",
        (*firmware.CATALOGUE, *configuration.CATALOGUE),
    ),
    PartyEntry(
        "DSP",
        "The DCC's Data Service Provider: takes the service requests of service users.",
        dsp_operations.CATALOGUE,
    ),
    PartyEntry(
        "SUPPLIER",
        "The Responsible Supplier: is told outcomes, stops and resubmits.",
        supplier_operations.CATALOGUE,
    ),
    PartyEntry(
        "PSP",
        "The payment service provider, where customers pay for top-ups.",
        psp_operations.CATALOGUE,
    ),
)
