"""One case: everything that a worker process needs to run a scenario in one variant.

A case is frozen and can be pickled; it reads no file when it runs. Its name is stable and unique:
no seed and no time stand in it, so that CI can follow it from run to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hanbench.emulator.model import ModelProfile, parse_model
from hanbench.emulator.parties.premises import Cohort
from hanbench.harness.engines import TURN_LIMIT_S
from hanbench.harness.faults.plan import Fault
from hanbench.harness.files.installation import Installation
from hanbench.harness.files.scenario import Scenario, Traffic, Variant
from hanbench.harness.files.scenario_faults import FaultEntry, to_fault
from hanbench.harness.running.companions import companions_of
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage

ModelFile = Mapping[str, object]
"""A model file's mapping as it stands in the file."""
GivenKeys = Mapping[tuple[Eui64, KeyUsage], Key]

REFERENCE_ENGINE = "reference"
DEFAULT_SCHEME = "han-sua-m1"


@dataclass(frozen=True, slots=True)
class Home:
    """An installation as its files describe it."""

    installation: Installation
    models: Mapping[str, ModelFile]
    """By the name that the installation file gives each model."""
    keys: GivenKeys | None = None
    """A user's own keys; None: test keys are derived."""
    keys_path: str = ""
    parsed: dict[str, dict[str, ModelProfile]] = field(default_factory=dict, compare=False)
    """Profiles read so far, by the parameters that were changed: a home is run many times."""


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario file with everything that it refers to."""

    name: str
    """`secure/clean-two-fuel`, or a user's own file without its suffix."""
    file: str
    """How messages and reports call the file."""
    scenario: Scenario
    homes: Mapping[str, Home]
    """By variant; the scenario itself is the variant without a name."""
    templates: Mapping[str, Home] = field(default_factory=dict)
    """The homes that `also` names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the command line decides for every case."""

    engine: str = REFERENCE_ENGINE
    scheme: str = DEFAULT_SCHEME
    seed: int | None = None
    """None: each scenario's own."""
    traffic: Traffic | None = None
    parts: str = ""
    """The classes that worlds are made of, as MODULE:NAME; empty: ours."""
    turn_limit_s: float = TURN_LIMIT_S
    """Real time that an engine in another process has for a turn."""
    real_time: float | None = None
    """How many times as fast as the wall clock an engine with its own clock is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario in one variant, resolved."""

    name: str
    """`secure/clean-two-fuel[two-phase]`."""
    scenario_name: str
    variant: str
    """Empty for the scenario as it stands."""
    scenario_file: str
    scenario: Scenario
    """With the variant's keys in place, and the run's seed and traffic."""
    home: Home
    faults: tuple[Fault, ...]
    order: tuple[str, ...]
    """Names of the meters in the order in which their keys are rotated."""
    engine: str
    scheme: str
    parts: str = ""
    """The classes that the world is made of, as MODULE:NAME; empty: ours."""
    gas_supplier: str = ""
    """Of the gas meter, where it is not the Installation's."""
    cohort: Cohort = "DA"
    """Another cohort's Installation stands among the parties, and no engine is given it."""
    companions: tuple["Case", ...] = ()
    """The other Installations of the same world, each a case of its own."""
    templates: Mapping[str, Home] = field(default_factory=dict)
    """What those are made from, by the names that `also` gives."""
    turn_limit_s: float = TURN_LIMIT_S
    real_time: float | None = None
    """None: in virtual time, and so the same in every run."""
    sweep_kind: str = ""
    """`journal`: this case stands for as many as its unfaulted run writes journal entries."""

    @property
    def installation(self) -> Installation:
        """The home's file."""
        return self.home.installation

    @property
    def seed(self) -> int:
        """The seed of every draw."""
        return self.scenario.seed

    @property
    def profiles(self) -> dict[str, ModelProfile]:
        """The model of each device by its name, with the scenario's own parameters in place."""
        return device_profiles(self.home, self.scenario.parameters)

    @property
    def has_arrangement(self) -> bool:
        """Whether the supplier has an arrangement with the SMSO for top-ups."""
        stated = self.scenario.parties.supplier.arrangement_with_smso
        return self.installation.supplier.arrangement_with_smso if stated is None else stated

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """What goes wrong in this Installation, and in those beside it."""
        return (*self.faults, *(fault for one in self.companions for fault in one.faults))

    def with_fault(self, part: str, entry: FaultEntry) -> "Case":
        """Return this case with one more fault; `part` is added to the name of the variant."""
        variant = ", ".join(word for word in (self.variant, part) if word)
        faults = (*self.scenario.faults, entry)
        changed = replace(
            self,
            name=case_name(self.scenario_name, variant),
            variant=variant,
            scenario=self.scenario.model_copy(update={"faults": faults}),
            faults=tuple(to_fault(fault) for fault in faults),
            sweep_kind="",
        )
        return with_companions(changed, self.templates)

    def with_scenario(self, scenario: Scenario) -> "Case":
        """Return this case as another scenario says it, with its companions and the same faults."""
        changed = replace(self, scenario=scenario, faults=self.all_faults)
        return with_companions(changed, self.templates)


def expand(loaded: LoadedScenario, options: RunOptions | None = None) -> tuple[Case, ...]:
    """Return the cases of a scenario: itself first, then its variants in the order of the file."""
    scenario = loaded.scenario
    named: dict[str, Variant | None] = {"": None, **scenario.variants}
    chosen = options or RunOptions()
    return tuple(
        make_case(
            loaded,
            variant=name,
            scenario=scenario.resolved(variant),
            options=chosen,
            sweep_kind=scenario.sweep or "",
        )
        for name, variant in named.items()
    )


def make_case(
    loaded: LoadedScenario,
    *,
    variant: str,
    scenario: Scenario,
    options: RunOptions,
    sweep_kind: str = "",
) -> Case:
    """Make a case of a resolved scenario; the options' seed and traffic win over the file's."""
    stated = {"seed": options.seed, "traffic": options.traffic}
    given = {name: value for name, value in stated.items() if value is not None}
    # A variant of the scenario's own home has no entry where nothing is read again for it.
    home = loaded.homes.get(variant) or loaded.homes[""]
    case = Case(
        name=case_name(loaded.name, variant),
        scenario_name=loaded.name,
        variant=variant,
        scenario_file=loaded.file,
        scenario=scenario.model_copy(update=given),
        home=home,
        faults=tuple(to_fault(fault) for fault in scenario.faults),
        order=scenario.order or default_order(home.installation),
        engine=options.engine,
        scheme=options.scheme,
        parts=options.parts,
        turn_limit_s=options.turn_limit_s,
        real_time=options.real_time,
        sweep_kind=sweep_kind,
    )
    return with_companions(case, loaded.templates)


def with_companions(case: Case, templates: Mapping[str, Home]) -> Case:
    """Return the case with its companions, each with the faults that strike it."""
    if not case.scenario.also:
        return case
    companions = companions_of(case, templates)
    elsewhere = [fault for one in companions for fault in one.faults]
    own = tuple(fault for fault in case.faults if fault not in elsewhere)
    return replace(case, companions=companions, faults=own, templates=templates)


def case_name(scenario_name: str, variant: str) -> str:
    """Name a case: `secure/clean-two-fuel[two-phase]`."""
    return f"{scenario_name}[{variant}]" if variant else scenario_name


def default_order(installation: Installation) -> tuple[str, ...]:
    """Gas first, since the sleeping meter is the one that may end unknown (domain.md 10.8)."""
    meters = installation.meter_names
    return tuple(sorted(meters, key=lambda name: installation.devices[name].type != "GSME"))


def device_profiles(
    home: Home, parameters: Mapping[str, Mapping[str, object]]
) -> dict[str, ModelProfile]:
    """Read the model of each device, with a scenario's own parameters in place.

    Raises:
        ValueError: a parameter is not one of the device's model, or is out of range.
    """
    changed = repr(sorted((name, sorted(given.items())) for name, given in parameters.items()))
    if changed not in home.parsed:
        home.parsed[changed] = {
            name: parse_model(home.models[device.model], parameters.get(name))
            for name, device in home.installation.devices.items()
        }
    return home.parsed[changed]
