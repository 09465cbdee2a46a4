"""Writes one exchange of a log as a text log: `make_log.py trace.jsonl CASE > out.log`."""

import sys
from pathlib import Path

from hanbench.harness.field_log.reading import choose, read_log
from hanbench.harness.field_log.text_log import write_text_log


def main() -> None:
    """Print the exchange that the arguments name."""
    source, case = sys.argv[1:]
    sys.stdout.write(write_text_log(choose(read_log(Path(source)), case)))


if __name__ == "__main__":
    main()
