"""What a command line gives in place of the bench's own, found out about before anything runs."""

from collections.abc import Iterable

from hanbench.harness.engines import check_engine
from hanbench.harness.errors import ScenarioError
from hanbench.harness.running.case import REFERENCE_ENGINE, Case, RunOptions
from hanbench.harness.schemes import load_scheme


def check_given(options: RunOptions) -> str:
    """Find out here, and not once in every worker, that the engine, scheme or parts are none.

    Returns how the engine calls itself, if it does.

    Raises:
        ScenarioError: one of them is not there, or is no such thing.
        EngineError: a module that holds one of them raised while it was imported.
    """
    load_scheme(options.scheme)
    if options.parts:
        from hanbench.harness.parts import load_parts  # noqa: PLC0415  (it imports the devices)

        load_parts(options.parts)
    if options.engine == REFERENCE_ENGINE:
        return ""
    return check_engine(options.engine, turn_limit_s=options.turn_limit_s)


def check_frames(cases: Iterable[Case]) -> None:
    """Refuse cases whose steps need the frames that `--traffic off` takes away.

    Raises:
        ScenarioError: there is one; names the first, its step, and how many there are beside it.
    """
    needy = [one for one in cases if one.scenario.traffic == "off" and one.scenario.needs_frames]
    if needy:
        first, others = needy[0], len(needy) - 1
        beside = f"; so do those of {others} other case{'s' * (others > 1)}" if others else ""
        step = first.scenario.needs_frames
        raise ScenarioError(f"{first.name}: --traffic off: the step {step!r} needs frames{beside}")
