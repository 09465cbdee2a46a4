"""The process of `hanbench verify` that runs cases: one order in, one file of results out.

The order is JSON on stdin. An engine may print what it likes, so nothing is said on stdout. What
is imported late here is meant to lie behind the padding.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from hanbench.emulator.events import Event
    from hanbench.harness.running.case import Case

BAD_ORDER = 2
_PADDING: list[object] = []


def main() -> int:
    """Take an order, and write what came of each of its cases."""
    order = json.loads(sys.stdin.read())
    _PADDING.extend(bytes(number % 97) for number in range(order["padding"]))
    with Path(order["out"]).open("w", encoding="utf-8") as out:
        try:
            run_order(order, out)
        except _known_errors() as error:
            print(error, file=sys.stderr)  # noqa: T201  (the parent reads it)
            return BAD_ORDER
    return 0


def run_order(order: dict[str, Any], out: TextIO) -> None:
    """Run the cases that the order names, or tell the whole trace of one."""
    from hanbench.harness.engines import see_working_folder  # noqa: PLC0415
    from hanbench.harness.running.run_case import run_case  # noqa: PLC0415

    see_working_folder()
    wanted = order.get("trace")
    for case in _cases(order):
        if wanted is not None and case.name != wanted:
            continue
        run = run_case(case)
        if wanted is not None:
            out.writelines(tell(event) + "\n" for event in run.trace)
            return
        result = run.result
        line = {"case": case.name, "trace": result.trace_hash, "story": result.story_hash}
        out.write(json.dumps(line) + "\n")
        out.flush()


def tell(event: "Event") -> str:
    """Return an event as one line, its octets included."""
    from hanbench.harness.story_lines import story_line  # noqa: PLC0415
    from hanbench.harness.trace import trace_record  # noqa: PLC0415

    record = trace_record(event)
    octets = [
        f"{name}={value}"
        for name, value in record.items()
        if isinstance(getattr(event, name, None), bytes)
    ]
    return " ".join((story_line(event), *octets))


def _cases(order: dict[str, Any]) -> "Iterator[Case]":
    from hanbench.harness.files.loader import Library  # noqa: PLC0415
    from hanbench.harness.running.case import RunOptions, expand  # noqa: PLC0415
    from hanbench.harness.running.named_case import choose  # noqa: PLC0415
    from hanbench.harness.running.sweep import expand_sweep  # noqa: PLC0415

    options = RunOptions(**order["options"])
    loaded = choose(order["what"], Library()).scenarios
    named = {case.name: case for one in loaded for case in expand(one, options)}
    for name in order["cases"]:
        case = named[name]
        yield from expand_sweep(case) if case.sweep_kind else (case,)


def _known_errors() -> tuple[type[Exception], ...]:
    from hanbench.harness.errors import HarnessError  # noqa: PLC0415

    return (HarnessError,)


if __name__ == "__main__":
    sys.exit(main())
