"""An engine in Python as a program for `exec:`, a JSON line each way.

    hanbench run --engine "exec:python -m hanbench.harness.engine.serve_stdio MODULE:NAME"

`MODULE:NAME` is what `--engine` takes too; without it, the reference engine. What its code prints
goes to stderr: stdout is the port's.
"""

import sys

from hanbench.harness.engine.wire.service import Service
from hanbench.harness.engines import load_engine
from hanbench.harness.errors import HarnessError


def main(arguments: list[str]) -> int:
    """Serve until stdin ends; return the exit code."""
    spec = arguments[0] if arguments else "reference"
    lines, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        service = Service(load_engine(spec), spec)
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line in lines:
        answers.write(service.answer(line) + b"\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
