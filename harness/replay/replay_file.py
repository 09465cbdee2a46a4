"""A replay file: one case with all that it needs, what it gave, and its story. Format version 1.

Faults stand in it by their names, so it survives changes of the bench that move no cause; models
and installation are copied in, so it survives changes of those files. Keys are never in it: test
keys are derived again, a user's own are read again from their key file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from hanbench.harness.engines import check_engine
from hanbench.harness.errors import ScenarioError
from hanbench.harness.events import FaultFired
from hanbench.harness.files.file_fields import Entry
from hanbench.harness.files.file_problems import read_model
from hanbench.harness.files.installation import TEST_KEYS, Installation
from hanbench.harness.files.loader import read_keys
from hanbench.harness.files.scenario import Scenario
from hanbench.harness.files.scenario_faults import to_fault
from hanbench.harness.files.scenario_references import reference_problems
from hanbench.harness.files.yaml_source import Problem, Source, read_yaml
from hanbench.harness.parts import load_parts
from hanbench.harness.replay.story_head import story_head
from hanbench.harness.running.case import (
    REFERENCE_ENGINE,
    Case,
    Home,
    LoadedScenario,
    ModelFile,
    RunOptions,
    device_profiles,
    make_case,
)
from hanbench.harness.running.run_meta import bench_version
from hanbench.harness.schemes import load_scheme
from hanbench.harness.story_lines import story_lines
from hanbench.harness.verdict import CaseRun, Finding

STORY_LINES_MAX = 20_000
VERSION = 1
_BOOLEAN_ONCE = frozenset({"off", "on", "yes", "no", "y", "n"})
"""Words of YAML 1.1 that are plain words since 1.2; `true` and `false` are quoted anyway."""


class RecordedFinding(Entry):
    """One thing that was not as it should be."""

    name: str
    detail: str
    device: str = ""
    clause: str = ""
    """The address of the clause that it breaks."""
    expected: str = ""
    truth: str = ""
    """What the device truly held."""
    believed: str = ""
    """What the engine believed, and why."""


class RecordedMeter(Entry):
    """How a meter's key ended: the truth beside the belief."""

    device: str
    truth: str
    belief: str = ""


class Observed(Entry):
    """What the case gave when it was recorded."""

    verdict: str
    claimed: str
    findings: tuple[RecordedFinding, ...] = ()
    meters: tuple[RecordedMeter, ...] = ()
    trace_hash: str
    story_hash: str


class ReplayFile(Entry):
    """The file."""

    replay: Literal[1] = Field(description="the version of the file format, 1")
    hanbench: str
    """The version of the bench that wrote it."""
    case: str
    scenario_name: str
    variant: str
    scenario_file: str
    engine: str
    real_time: float | None = None
    """Set where the engine kept its own clock: its story differs from run to run."""
    scheme: str
    parts: str | None = None
    """The classes that the world was made of, as MODULE:NAME; None: the bench's own."""
    faults: tuple[str, ...]
    """In words; the faults that are run stand in `scenario`."""
    expected_verdict: str
    observed: Observed
    scenario: Scenario
    installation: Installation
    others: dict[str, Installation] = Field(default_factory=dict)
    """What `also` takes its Installations from, by the names that it gives; with test keys."""
    story: str
    """One line for each event, as `story_lines` makes them."""
    story_is_whole: bool
    models: dict[str, dict[str, Any]]
    other_models: dict[str, dict[str, dict[str, Any]]] | None = None
    """By the names of `others`: their models, where `models` has another one of that name."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a replay and its record compare."""

    is_same_trace: bool
    is_same_story: bool
    step: int | None = None
    """The first line of the story that differs, counted from 1."""
    recorded: str = ""
    replayed: str = ""
    before: tuple[str, ...] = ()
    """The last lines that agree."""
    missed: tuple[str, ...] = ()
    """Fault points of the record that the replay did not pass."""

    @property
    def is_record_torn(self) -> bool:
        """Whether the record's own story is not the one that its hash is of: it was edited."""
        return self.is_same_story and self.step is not None


def write_replay(path: Path, case: Case, run: CaseRun) -> None:
    """Write the replay file of a case."""
    writer = YAML()
    writer.width = 100_000  # a line of prose stays one line
    writer.indent(mapping=2, sequence=4, offset=2)
    with path.open("w", encoding="utf-8") as file:
        file.write(story_head(path.name, case, run))
        plain: dict[str, Any] = _in_any_yaml(_plain(case, run))
        # One block of text: a list of as many scalars takes a second to write.
        plain["story"] = LiteralScalarString(plain["story"])
        writer.dump(plain, file)


def _in_any_yaml(plain: Any) -> Any:
    """Put words in quotes that a reader of YAML 1.1 would take for true or false, such as `off`."""
    match plain:
        case dict():
            return {_in_any_yaml(key): _in_any_yaml(value) for key, value in plain.items()}
        case list():
            return [_in_any_yaml(one) for one in plain]
        case str() if plain.lower() in _BOOLEAN_ONCE:
            return DoubleQuotedScalarString(plain)
        case _:
            return plain


def read_replay(
    path: Path, *, engine: str | None = None, parts: str | None = None
) -> tuple[ReplayFile, Case]:
    """Read a replay file and make its case again; another engine or other parts may be named.

    Raises:
        ScenarioError: it cannot be read, or is not a replay file of this version.
    """
    source = read_yaml(path)
    _check_version(source)
    recorded = read_model(ReplayFile, source)
    keys, keys_path = read_keys(recorded.installation, source, path)
    home = replace(_home(recorded.installation, recorded), keys=keys, keys_path=keys_path)
    own = recorded.other_models or {}
    templates = {
        name: _home(one, recorded, own.get(name, {})) for name, one in recorded.others.items()
    }
    try:
        device_profiles(home, recorded.scenario.parameters)
        for template in templates.values():
            device_profiles(template, {})
    except (ValidationError, KeyError) as error:
        says = f"{path}: a model in it is not one of this version of hanbench: {error}"
        raise ScenarioError(says) from error
    if problems := tuple(_lacking(source, recorded, home, templates)):
        raise source.error(problems)
    loaded = LoadedScenario(
        recorded.scenario_name, recorded.scenario_file, recorded.scenario, {"": home}, templates
    )
    options = RunOptions(
        engine=engine or recorded.engine,
        scheme=recorded.scheme,
        parts=(recorded.parts or "") if parts is None else parts,
        real_time=recorded.real_time,
    )
    case = make_case(loaded, variant=recorded.variant, scenario=recorded.scenario, options=options)
    return recorded, case


def _home(
    installation: Installation, recorded: ReplayFile, own: Mapping[str, ModelFile] | None = None
) -> Home:
    """Return a home with those of the file's models that its devices are of, its `own` first."""
    used = dict.fromkeys(one.model for one in installation.devices.values())
    known: Mapping[str, ModelFile] = {**recorded.models, **(own or {})}
    return Home(installation, {name: known[name] for name in used if name in known})


def _lacking(
    source: Source, recorded: ReplayFile, home: Home, templates: Mapping[str, Home]
) -> Iterator[Problem]:
    """Name what the scenario names and the file does not hold."""
    for place, also in enumerate(recorded.scenario.also):
        if also.installation not in templates:
            key = ("scenario", "also", place, "installation")
            yield Problem(key, f"no Installation {also.installation!r} under `others`")
    lacking = reference_problems(source.data["scenario"], {"": home}, templates)
    yield from (replace(one, key=("scenario", *one.key)) for one in lacking)


def check_is_here(
    path: Path, case: Case, *, engine: str | None = None, parts: str | None = None
) -> None:
    """Find out before it runs that all is here that a file's case is run with.

    Raises:
        ScenarioError: the file names a scheme, parts or an engine that are not here; or `engine` or
            `parts`, which stand for what it names, are not.
        EngineError: the module of the engine or of the parts raised while it was imported.
    """
    is_ours = case.engine == REFERENCE_ENGINE
    try:
        load_scheme(case.scheme)
        if parts is None:
            load_parts(case.parts)
        if engine is None and not is_ours:
            check_engine(case.engine)
    except ScenarioError as error:
        says = str(error).removeprefix("--")
        raise ScenarioError(f"{path}: it was recorded with what is not here: {says}") from error
    if parts is not None:
        load_parts(parts)
    if engine is not None and not is_ours:
        check_engine(engine)


def compare(recorded: ReplayFile, case: Case, run: CaseRun) -> Comparison:
    """Say whether a replay took the same way, and where it first parts from it."""
    result = run.result
    lines = story_lines(run.trace)
    story = recorded.story.splitlines()
    step = _first_difference(story, lines, is_whole=recorded.story_is_whole)
    fired = {event.point for event in run.trace if isinstance(event, FaultFired)}
    faults = [fault for one in (case, *case.companions) for fault in one.faults]
    missed = tuple(fault.at for fault in faults if fault.at and fault.at not in fired)
    same_trace = result.trace_hash == recorded.observed.trace_hash
    same_story = result.story_hash == recorded.observed.story_hash
    if step is None:
        return Comparison(same_trace, same_story, missed=missed)
    return Comparison(
        same_trace,
        same_story,
        step=step + 1,
        recorded=_line_at(story, step),
        replayed=_line_at(lines, step),
        before=lines[max(0, step - 3) : step],
        missed=missed,
    )


def _first_difference(story: Sequence[str], lines: Sequence[str], *, is_whole: bool) -> int | None:
    for step, (then, now) in enumerate(zip(story, lines, strict=False)):
        if then != now:
            return step
    if len(lines) < len(story):
        return len(lines)
    return len(story) if is_whole and len(lines) > len(story) else None


def _line_at(lines: Sequence[str], step: int) -> str:
    return lines[step] if step < len(lines) else "(the story has ended)"


def _check_version(source: Source) -> None:
    """Refuse another version by its name alone: what else is missing there says nothing."""
    version = source.data.get("replay", VERSION) if isinstance(source.data, dict) else VERSION
    if version != VERSION:
        line = source.position(("replay",)).line
        raise ScenarioError(
            f"{source.name}:{line}: replay: this file is of version {version}; "
            f"this hanbench reads version {VERSION}"
        )


def _plain(case: Case, run: CaseRun) -> dict[str, Any]:
    result = run.result
    lines = story_lines(run.trace)
    keys = case.home.keys_path or TEST_KEYS
    installation = case.installation.model_copy(update={"keys": keys})
    observed = Observed(
        verdict=result.verdict.value,
        claimed=result.claimed,
        findings=tuple(map(_recorded, result.findings)),
        meters=tuple(
            RecordedMeter(device=one.device, truth=one.truth, belief=one.belief)
            for one in result.devices
        ),
        trace_hash=result.trace_hash,
        story_hash=result.story_hash,
    )
    file = ReplayFile(
        replay=1,
        hanbench=bench_version(),
        case=case.name,
        scenario_name=case.scenario_name,
        variant=case.variant,
        scenario_file=case.scenario_file,
        engine=case.engine,
        real_time=case.real_time,
        scheme=case.scheme,
        parts=case.parts or None,
        faults=tuple(str(to_fault(entry)) for entry in case.scenario.faults),
        expected_verdict=result.expected_verdict.value,
        observed=observed,
        scenario=case.scenario.resolved(),
        installation=installation,
        story="".join(f"{line}\n" for line in lines[:STORY_LINES_MAX]),
        story_is_whole=len(lines) <= STORY_LINES_MAX,
        others={
            name: template.installation.model_copy(update={"keys": TEST_KEYS})
            for name, template in _templates(case).items()
        },
        models={name: dict(model) for name, model in sorted(_models(case).items())},
        other_models=_other_models(case) or None,
    )
    plain: dict[str, Any] = file.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


def _templates(case: Case) -> dict[str, Home]:
    """Return what `also` takes its Installations from, as far as it still names them."""
    return {one.installation: case.templates[one.installation] for one in case.scenario.also}


def _models(case: Case) -> dict[str, ModelFile]:
    """Return each model by its name; of two files of one name that of the first home."""
    models = dict(case.home.models)
    for template in _templates(case).values():
        models = {**template.models, **models}
    return models


def _other_models(case: Case) -> dict[str, dict[str, dict[str, Any]]]:
    """Return, by the template, the models that another home has another file of under that name.

    They cannot be renamed: an engine is told the names, and the EPCL goes by them.
    """
    models = _models(case)
    others = {
        name: {key: dict(one) for key, one in template.models.items() if one != models[key]}
        for name, template in _templates(case).items()
    }
    return {name: own for name, own in others.items() if own}


def _recorded(finding: Finding) -> RecordedFinding:
    return RecordedFinding(
        name=finding.name,
        detail=finding.detail,
        device=finding.device,
        clause=finding.clause,
        expected=finding.expected,
        truth=finding.truth,
        believed=finding.believed,
    )
