"""How the parties of a scenario are set up, and how they misbehave: nothing of it by default.

A party that does wrong by its file is a fault of that party, which `judging/party_watch.py` finds
by the clause that it breaks; the engine is not blamed for what it could not know.
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.configuration import Setting, SettingValue
from hanbench.emulator.parties.dsp import Overlooked
from hanbench.emulator.parties.firmware import Firmware
from hanbench.emulator.parties.mcc_operations import Reason
from hanbench.emulator.parties.service_requests import Role
from hanbench.harness.files.file_fields import Duration, Entry, Name

Supplier = Annotated[str, Field(min_length=1, max_length=64)]
CheckName = Annotated[str, Field(min_length=1, max_length=64)]


class SmsoBehaviour(Entry):
    """How the Secure SMSO is set up or misbehaves."""

    refuses_hand_over: tuple[Name, ...] = ()
    stale_counter: dict[Name, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """The counter that it hands over in place of the meter's own."""
    wrong_key: tuple[Name, ...] = ()
    missing_master_key: tuple[Name, ...] = ()
    commands_after_hand_over: bool = False
    silent: tuple[Name, ...] = ()
    """Devices that it has not heard for more than seven days, and does not hear."""
    last_heard: dict[Name, Duration] = Field(default_factory=dict)
    """Of devices, how long before the scenario begins it last heard them; the others it hears."""
    communications: Literal["heard-within-7-days", "checked-on-the-day"] = "heard-within-7-days"
    """How "communications check 7 days before" is read: as contact, or as a check within a day."""
    vouches_for_silent: bool = False
    """Whether it reports a contact with them all the same."""
    lacks_data: tuple[Name, ...] = ()
    """Devices for which it lacks what the Migration Common File asks for."""
    heeds_stops: bool = True
    """Whether it refuses to start what the supplier asked not to start."""
    keeps_web_vend: bool = False
    """Whether its web page goes on vending after the migration has started."""


class DcoBehaviour(Entry):
    """How the DCO misbehaves."""

    failing_file_sets: tuple[Annotated[int, Field(gt=0)], ...] = ()
    """Which of the file sets of an Installation fail a check of its own: 1 is the first."""
    file_set_fails: tuple[Name, ...] = ()
    """Installations whose first file set fails a check of its own."""
    discards_escrow: bool = False
    """Whether a discard takes the keys that it has escrowed, which a meter may hold."""


class S1spBehaviour(Entry):
    """How the S1SP is set up or misbehaves."""

    file_set_fails: tuple[Name, ...] = ()
    """Installations whose first file set fails a check of its own."""
    vends_early: bool = False
    """Whether it makes UTRNs before the DCC route is open."""
    lost_n55: dict[Name, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """By meter, how many of the first N55 alerts are lost."""
    late_n55_us: dict[Name, Duration] = Field(default_factory=dict, alias="late_n55")
    """By meter, how long after the acknowledgement its N55 alerts arrive."""
    n55_twice: tuple[Name, ...] = ()
    """The meters whose N55 alerts arrive twice."""
    last_sequence: dict[Name, Annotated[int, Field(ge=0, le=0x7FFF)]] = Field(default_factory=dict)
    """By meter, the last UTRN sequence that it has seen before the scenario begins."""
    n55_for_another: dict[Name, Name] = Field(default_factory=dict)
    """By meter, the meter whose code stands in the first N55 about it."""


class CommissioningPartyBehaviour(Entry):
    """How the Commissioning Party misbehaves."""

    rejects: tuple[CheckName, ...] = ()
    """Checks that it finds failed, whatever the file says."""


class SupplierBehaviour(Entry):
    """How the Responsible Supplier is set up."""

    arrangement_with_smso: bool | None = None
    """None: as the installation file says."""


class DspBehaviour(Entry):
    """How the DSP is set up or misbehaves."""

    users: dict[Supplier, tuple[Role, ...]] = Field(default_factory=dict)
    """Service users beside the suppliers, and their roles."""
    overlooks: tuple[Overlooked, ...] = ()
    """Which checks of a service request it leaves out."""
    lost_responses: Annotated[int, Field(ge=0)] = 0
    """How many of the first results never reach their sender."""


class InventoryBehaviour(Entry):
    """How the Smart Metering Inventory misbehaves."""

    applies_overtaken: bool = False
    """Whether it enters an update although a later one was entered before."""


class EpclBehaviour(Entry):
    """What the Eligible Product Combinations List begins with."""

    without: tuple[str, ...] = ()
    """Device models that have no entry yet."""
    uneconomic: tuple[str, ...] = ()
    """Device models that are uneconomic to migrate (DMCT process)."""
    firmware: dict[str, tuple[Firmware, ...]] = Field(default_factory=dict)
    """By model, the firmware that its entry is for."""
    vouches: bool = False
    """Whether it answers that every model has an entry."""


class ConfigurationStepEntry(Entry):
    """One step: a setting, and what it is set to."""

    setting: Setting
    value: SettingValue


class InstallingSupplierBehaviour(Entry):
    """What meters run and must hold, and what the Installing Supplier has for them."""

    fitted: dict[Name, Firmware] = Field(default_factory=dict)
    """By meter, in every Installation of the scenario."""
    sequences: dict[str, tuple[Firmware, ...]] = Field(default_factory=dict)
    """By model, the versions in their order."""
    failing_upgrades: dict[Name, tuple[Annotated[int, Field(gt=0)], ...]] = Field(
        default_factory=dict
    )
    """By meter, which of its upgrades fail: 1 is the first."""
    required: dict[str, dict[Setting, SettingValue]] = Field(default_factory=dict)
    """By model, the configuration that a meter must hold when it is migrated, whoever sets it."""
    configurations: dict[str, tuple[ConfigurationStepEntry, ...]] = Field(default_factory=dict)
    """By model, the steps of its configuration in their order."""
    failing_configurations: dict[Name, tuple[Annotated[int, Field(gt=0)], ...]] = Field(
        default_factory=dict
    )
    """By meter, which of its configuration steps fail: 1 is the first."""


class MccBehaviour(Entry):
    """How the Migration Control Centre is set up or misbehaves."""

    daily_limit: dict[Supplier, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """By supplier, how many of its Installations may be started on one day."""
    overlooks: tuple[Reason, ...] = ()
    """What it leaves out when it is asked for clearance."""
    late_stops: Literal["kept", "missed"] = "kept"
    """What the reasonable steps on a stop request after 16:30 on the day before come to."""


class Parties(Entry):
    """What is particular about the parties in this scenario."""

    smso: SmsoBehaviour = Field(default=SmsoBehaviour(), alias="SMSO")
    dco: DcoBehaviour = Field(default=DcoBehaviour(), alias="DCO")
    s1sp: S1spBehaviour = Field(default=S1spBehaviour(), alias="S1SP")
    commissioning_party: CommissioningPartyBehaviour = Field(
        default=CommissioningPartyBehaviour(), alias="COMMISSIONING_PARTY"
    )
    supplier: SupplierBehaviour = Field(default=SupplierBehaviour(), alias="SUPPLIER")
    mcc: MccBehaviour = Field(default=MccBehaviour(), alias="MCC")
    epcl: EpclBehaviour = Field(default=EpclBehaviour(), alias="EPCL")
    dsp: DspBehaviour = Field(default=DspBehaviour(), alias="DSP")
    installing_supplier: InstallingSupplierBehaviour = Field(
        default=InstallingSupplierBehaviour(), alias="INSTALLING_SUPPLIER"
    )
    inventory: InventoryBehaviour = Field(default=InventoryBehaviour(), alias="INVENTORY")
