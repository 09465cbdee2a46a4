#!/usr/bin/env python3
"""Write the XSDs of `fixtures/schemas/migration/`.

Run it after every change of a format; with `--check` it only says whether the files are current (a
test does so).
"""

import argparse
import sys
from pathlib import Path

from hanbench.protocol.migration import xsd
from hanbench.protocol.migration.formats import XML_FORMATS

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write or check the files; return 1 if one was to be checked and is not current."""
    parser = argparse.ArgumentParser(description="Write the XSDs and tables of migration files.")
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    is_check = parser.parse_args().check
    stale = [path for path, data in files().items() if read(path) != data]
    for path in stale:
        name = path.relative_to(ROOT)
        if is_check:
            print(f"{name} is not current: run tools/make_migration_files.py", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files()[path])
            print(f"{name} written")
    return 1 if stale and is_check else 0


def read(path: Path) -> bytes:
    """Return what a file holds; nothing where there is none yet."""
    return path.read_bytes() if path.exists() else b""


def files() -> dict[Path, bytes]:
    """Return the content of each file."""
    folder = ROOT / "fixtures" / "schemas" / "migration"
    return {folder / f"{one.shape.name}.xsd": xsd.schema_of(one.shape) for one in XML_FORMATS}


if __name__ == "__main__":
    raise SystemExit(main())
