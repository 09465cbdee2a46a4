"""Recordings that tests share: a run takes a fifth of a second, and tests only look at it."""

import functools
import io

from rich.console import Console

from hanbench.harness.running.case import RunOptions
from hanbench.harness.stepping.chosen_case import chosen_case
from hanbench.harness.stepping.recording import Recording
from hanbench.harness.stepping.walk import Walk

COMMIT = "gsme/rotate-sua-key#1/try#1/execute/commit-key"


@functools.cache
def recorded(named: str = "clean-two-fuel") -> Recording:
    return Recording(chosen_case(named, options=RunOptions()))


def walked(*commands: str, named: str = "clean-two-fuel", width: int = 200) -> tuple[Walk, str]:
    text = io.StringIO()
    walk = Walk(recorded(named), Console(file=text, width=width, highlight=False))
    for command in commands:
        walk.take(command)
    return walk, text.getvalue()
