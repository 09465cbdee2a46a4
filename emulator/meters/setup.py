"""What a meter is told when it is made: home, model, keys, and whom to ask about fate."""

from dataclasses import dataclass

from hanbench.emulator.events import Recorder
from hanbench.emulator.fates import CarryFate, CommitFate
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.consumption import ConsumptionCurve
from hanbench.emulator.meters.metering import MeteringSetup
from hanbench.emulator.meters.prepayment import CreditAccount
from hanbench.emulator.model import MeterParameters, ModelProfile
from hanbench.emulator.node.stack import Stack
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.sua.gate import SuaGate
from hanbench.emulator.sua.slots import SuaParameters
from hanbench.emulator.zcl.reporting import Bindings
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyStore
from hanbench.protocol.sua import SuaScheme
from hanbench.protocol.zigbee.clusters.security_policy import SecurityPolicy

_START = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuaProvision:
    """The SUA key that a meter is made with."""

    key: Key
    version: int = 1
    last_counter: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSetup:
    """All that a meter is told about its home, its model and its keys."""

    installation: str
    model: ModelProfile
    stack: Stack
    keys: KeyStore
    scheme: SuaScheme
    sua: SuaProvision
    hub: Eui64
    policy: SecurityPolicy
    """How the frames of each cluster are protected."""
    record: Recorder
    carry: CarryFate
    commit: CommitFate
    curve: ConsumptionCurve
    epoch_unix_s: int
    """What the clocks of the home show at instant 0, in Unix time."""
    account: CreditAccount
    make_gate: type[SuaGate] = SuaGate
    rate_label: bytes = b"STANDARD"
    """What displays are told beside the price."""
    first_reading: int = 0
    node: NodeObject | None = None
    """The management of its node; None without frames."""
    bindings: Bindings = tuple
    """Who has bound a cluster of ours, as the node's management knows it."""
    report_interval_us: int | None = None
    """How often it reports its reading; None: never."""
    link_status_interval_us: int | None = None
    """How often a mains-powered meter says that it routes; None: never."""
    first_at: Instant = _START
    """When its rounds begin: the devices of a home must not all send at one instant."""


def sua_parameters(model: ModelProfile) -> SuaParameters:
    """Return how a meter of this model verifies SUA codes."""
    profile = model.sua
    assert profile is not None, "the model of a meter has this group"
    return SuaParameters(
        failure_limit=profile.failure_limit,
        lock_out_us=profile.lock_out_us,
        window=profile.window,
        result_cache_entries=profile.result_cache_entries,
        persist_first=profile.persist_first,
        nvm_is_torn=profile.nvm == "torn",
    )


def meter_parameters(model: ModelProfile) -> MeterParameters:
    """Return what the model of a meter fixes about metering and prepayment."""
    assert model.meter is not None, "the model of a meter has this group"
    return model.meter


def metering_setup(device: str, setup: MeterSetup, fuel: Fuel) -> MeteringSetup:
    """Return the part of a meter's setup that its measuring side goes by."""
    return MeteringSetup(
        device=device,
        installation=setup.installation,
        fuel=fuel,
        parameters=meter_parameters(setup.model),
        curve=setup.curve,
        account=setup.account,
        load_limit=setup.model.load_limit,
        first_reading=setup.first_reading,
    )
