"""Writes the JSON Schemas of the file formats and of the engine port to docs/schemas.

A test holds them up to date.

Usage: python tools/make_schemas.py [--check]
"""

import json
import sys
from pathlib import Path

from pydantic import TypeAdapter

from hanbench.harness.captures.other_reader_file import OtherReaderFile
from hanbench.harness.engine.port import EngineEvent, Turn
from hanbench.harness.engine.wire.messages import BenchMessage, Reply
from hanbench.harness.explore.record import Exploration
from hanbench.harness.files.engine_profile import EngineProfile
from hanbench.harness.files.installation import Installation, KeyFile
from hanbench.harness.files.scenario import Scenario
from hanbench.harness.gate.baseline import Baseline
from hanbench.harness.homes.cluster_security import ClusterSecurity
from hanbench.harness.replay.replay_file import ReplayFile
from hanbench.harness.running.results import Results

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
FORMATS: dict[str, object] = {
    "scenario": Scenario,
    "installation": Installation,
    "keys": KeyFile,
    "cluster-security": ClusterSecurity,
    "results": Results,
    "replay": ReplayFile,
    "baseline": Baseline,
    "exploration": Exploration,
    "other-reader": OtherReaderFile,
    "engine-profile": EngineProfile,
    "port-event": EngineEvent,
    "port-turn": Turn,
    "port-message": BenchMessage,
    "port-reply": Reply,
}


def schema_text(name: str) -> str:
    """Return the schema of a format as it stands in its file."""
    mode = "serialization" if name in ("results", "exploration", "other-reader") else "validation"
    adapter: TypeAdapter[object] = TypeAdapter(FORMATS[name])
    schema = adapter.json_schema(mode=mode)
    versioned = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hanbench {name}{'' if name.startswith('port-') else ' file'}, version 1",
    }
    return json.dumps({**schema, **versioned}, indent=2, sort_keys=True) + "\n"


def main() -> int:
    """Write the schemas, or say which are out of date."""
    stale = []
    for name in FORMATS:
        path = FOLDER / f"{name}.json"
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text(encoding="utf-8") != schema_text(name):
                stale.append(path.name)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema_text(name), encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run tools/make_schemas.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
