"""What a command line gives in place of the bench's own, found out about before anything runs."""

from hanbench.harness.engines import check_engine
from hanbench.harness.running.case import REFERENCE_ENGINE, RunOptions
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
