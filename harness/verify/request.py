"""What `hanbench verify` does: the cases under every setting, what differs, and where it parts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.markup import escape

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import Library
from hanbench.harness.report.spoken import plural
from hanbench.harness.running.case import RunOptions, expand
from hanbench.harness.running.given import check_given
from hanbench.harness.running.name_filter import parse_filter
from hanbench.harness.running.named_case import choose
from hanbench.harness.running.pool import default_jobs
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED
from hanbench.harness.running.suites import DEFAULT_SUITE
from hanbench.harness.running.terminal import make_console
from hanbench.harness.verify.partings import CAUSES, Difference, Parting, differences, parting
from hanbench.harness.verify.processes import Hashes, Order, run_all, trace_of
from hanbench.harness.verify.settings import SETTINGS, Setting, can_fix_layout

SHOWN_MAX = 5
"""Cases whose traces are compared event by event; the others are named."""
LINE_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """The options of one `hanbench verify`."""

    what: tuple[str, ...] = ()
    engine: str = "reference"
    scheme: str = "han-sua-m1"
    parts: str = ""
    """Devices and parties of another make, as MODULE:NAME; empty: the bench's own."""
    seed: int | None = None
    expression: str = ""
    jobs: int | None = None
    as_data: bool = False
    out: Path | None = None
    """A folder for the page and the data."""

    @property
    def options(self) -> RunOptions:
        """What decides for every case."""
        return RunOptions(engine=self.engine, scheme=self.scheme, parts=self.parts, seed=self.seed)


def verify(
    request: VerifyRequest,
    console: Console | None = None,
    settings: Sequence[Setting] = SETTINGS,
) -> int:
    """Run the cases under every setting, say what differs, and return the exit code.

    Raises:
        ScenarioError: an argument or an option names nothing, no case is chosen, or `out` cannot
            be written.
        EngineError: the engine under test, or the parts, cannot be imported.
        HarnessError: a process died, or did not end.
    """
    shown = console or make_console()
    began_s = monotonic()
    what = request.what or (DEFAULT_SUITE,)
    names = _names(request, what)
    check_given(request.options)
    jobs = request.jobs or default_jobs()
    orders = [
        (setting, Order(what=what, options=asdict(request.options), cases=part))
        for setting in settings
        for part in _parts(names, jobs)
    ]
    found = _run_watched(request, shown, orders, jobs)
    differing = differences(settings, found)
    parted = {one.case: _part(request, what, names, settings, one) for one in differing[:SHOWN_MAX]}
    verified = (settings, found, differing, parted)
    page = _write(request, what, verified, monotonic() - began_s) if request.out else None
    if request.as_data:
        text = _as_json(request, *verified)
        shown.print(text, markup=False, soft_wrap=True)
    else:
        _show(shown, settings, found, differing, parted)
        if page is not None:
            _say(shown, f"report  {escape(str(page))}")
    return EXIT_UNEXPECTED if differing else EXIT_OK


def _run_watched(
    request: VerifyRequest, console: Console, orders: Sequence[tuple[Setting, Order]], jobs: int
) -> dict[str, dict[str, Hashes]]:
    """Run all, with a line that says how far it is where somebody watches."""
    runs = sum(len(order.cases) for _, order in orders)
    if request.as_data:
        return run_all(orders, jobs)
    with console.status(f"0 of {runs} runs ended") as status:
        ended = 0

        def count(_: Setting, cases: int) -> None:
            nonlocal ended
            ended += cases
            status.update(f"{ended} of {runs} runs ended")

        return run_all(orders, jobs, count)


Verified = tuple[
    Sequence[Setting],
    Mapping[str, Mapping[str, Hashes]],
    Sequence[Difference],
    Mapping[str, Parting | None],
]
"""The settings, what was found under each, what differs, and where that parts."""


def _write(
    request: VerifyRequest, what: tuple[str, ...], verified: Verified, wall_s: float
) -> Path:
    from hanbench.harness.report.verification_page import (  # noqa: PLC0415
        Verification,
        write_verification,
    )

    assert request.out is not None
    settings, found, differing, parted = verified
    verification = Verification(
        what=what,
        engine=request.engine,
        scheme=request.scheme,
        parts=request.parts,
        settings=tuple(settings),
        is_layout_fixed=can_fix_layout(),
        cases=found[settings[0].name],
        differences=tuple((one, parted.get(one.case)) for one in differing),
        wall_s=wall_s,
    )
    return write_verification(request.out, verification, _as_json(request, *verified))


def _names(request: VerifyRequest, what: Sequence[str]) -> tuple[str, ...]:
    matches = parse_filter(request.expression) if request.expression else lambda _: True
    chosen = choose(what, Library())
    cases = [case for one in chosen.scenarios for case in expand(one, request.options)]
    names = tuple(
        case.name
        for case in cases
        if chosen.wants(case.scenario_name, case.name) and matches(case.name)
    )
    if not names:
        raise ScenarioError("no case is selected; `hanbench run --list` names every case")
    return names


def _parts(names: Sequence[str], jobs: int) -> list[tuple[str, ...]]:
    """Deal the cases out to as many processes as may run at a time."""
    dealt = [tuple(names[start::jobs]) for start in range(min(jobs, len(names)))]
    return [part for part in dealt if part]


def _part(
    request: VerifyRequest,
    what: tuple[str, ...],
    names: Sequence[str],
    settings: Sequence[Setting],
    one: Difference,
) -> Parting | None:
    if one.is_missing:
        return None
    # A case of a sweep goes by the name of the case that stands for it.
    owner = next(name for name in names if _stands_for(name, one.case))
    order = Order(what=what, options=asdict(request.options), cases=(owner,))
    by_name = {setting.name: setting for setting in settings}
    first, second = (trace_of(by_name[name], order, one.case) for name in (one.first, one.second))
    return parting(first, second)


def _stands_for(name: str, case: str) -> bool:
    if name == case:
        return True
    return case.startswith((f"{name}[journal#", f"{name.removesuffix(']')}, journal#"))


def _show(
    console: Console,
    settings: Sequence[Setting],
    found: Mapping[str, Mapping[str, Hashes]],
    differing: Sequence[Difference],
    parted: Mapping[str, Parting | None],
) -> None:
    for setting in settings:
        _say(console, f"{setting.name}  {setting.words}")
    if any(one.is_laid_out_alike for one in settings) and not can_fix_layout():
        _say(console, "   addresses could not be fixed here: this machine has no setarch -R")
    cases = len({case for hashes in found.values() for case in hashes})
    for one in differing:
        _show_one(console, one, parted.get(one.case))
    if differing:
        _say(console, "\nHow chance usually gets in:")
        for cause in CAUSES:
            _say(console, f"  {escape(cause)}")
    judged = f"[red]{len(differing)} differ[/]" if differing else "[green]both hashes agree[/]"
    under = f"{plural(cases, 'case')} under {plural(len(settings), 'setting')}"
    _say(console, f"{under}: {judged}")


def _show_one(console: Console, one: Difference, parted: Parting | None) -> None:
    what = "trace and story differ" if one.story_differs else "the trace differs, the story agrees"
    if one.is_missing:
        what = "only one of them has this case"
    _say(console, f"\n[red]{escape(one.case)}[/]  {one.first} and {one.second}: {what}")
    if one.alike_words:
        _say(console, f"  {one.alike_words}")
    if parted is None:
        if not one.is_missing:
            says = "not compared event by event, or the same when it was run by itself"
            _say(console, f"  {says}")
        return
    _say(console, f"  they part at event {parted.event}:")
    for line in parted.before:
        _say(console, f"      {escape(_short(line))}")
    first, second = _around(parted.first, parted.second)
    _say(console, f"  [red]{one.first} {escape(first)}[/]")
    _say(console, f"  [green]{one.second} {escape(second)}[/]")


def _around(first: str, second: str) -> tuple[str, str]:
    """Shorten two lines to the stretch in which they differ."""
    if max(len(first), len(second)) <= LINE_MAX:
        return first, second
    pairs = zip(first, second, strict=False)
    at = next((place for place, (a, b) in enumerate(pairs) if a != b), 0)
    head = min(at, LINE_MAX // 4)
    start = max(0, at - LINE_MAX // 4)
    return tuple(  # type: ignore[return-value]
        f"{line[:head]} ... {line[start : start + LINE_MAX // 2]} ..." for line in (first, second)
    )


def _short(line: str) -> str:
    return line if len(line) <= LINE_MAX else f"{line[:LINE_MAX]}..."


def _as_json(
    request: VerifyRequest,
    settings: Sequence[Setting],
    found: Mapping[str, Mapping[str, Hashes]],
    differing: Sequence[Difference],
    parted: Mapping[str, Parting | None],
) -> str:
    base = found[settings[0].name]
    return json.dumps(
        {
            "verification": 1,
            "engine": request.engine,
            "scheme": request.scheme,
            "parts": request.parts,
            "settings": [asdict(one) for one in settings],
            "is_layout_fixed": can_fix_layout(),
            "cases": {
                case: {"trace_hash": trace, "story_hash": story}
                for case, (trace, story) in sorted(base.items())
            },
            "differences": [
                {**asdict(one), "parting": _plain(parted.get(one.case))} for one in differing
            ],
        },
        indent=2,
    )


def _plain(parted: Parting | None) -> dict[str, Any] | None:
    return None if parted is None else asdict(parted)


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)
