"""Fuzzes one decoder with atheris: `python tests/fuzz/fuzz.py NAME [SECONDS] [FOLDER]`.

Begins from the vectors, keeps what it finds in FOLDER (a corpus that grows), and ends with the
octets that broke the decoder, if any. `all` takes every decoder in turn.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import atheris  # noqa: E402

FUZZED = ["hanbench.protocol", "hanbench.harness.captures", "hanbench.harness.dissection"]
with atheris.instrument_imports(include=FUZZED):
    from tests.fuzz.seeds import seeds
    from tests.fuzz.targets import TARGETS, try_target

OCTETS_MAX = 256
"""Of frames and messages; a file may be twice as long as the longest that it begins with."""


def main() -> int:
    """Fuzz what the command line names."""
    name, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10
    if name == "all":
        folder = sys.argv[3:]
        codes = [
            subprocess.run(
                [sys.executable, __file__, one, str(seconds), *folder], check=False
            ).returncode
            for one in TARGETS
        ]
        return max(codes)
    if name not in TARGETS:
        sys.stderr.write(f"fuzz: no decoder {name!r}; there are: {', '.join(TARGETS)}\n")
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        corpus = Path(sys.argv[3]) / name if len(sys.argv) > 3 else Path(temporary)
        corpus.mkdir(parents=True, exist_ok=True)
        longest = max(OCTETS_MAX, *(2 * len(seed) for seed in seeds(name)))
        for number, seed in enumerate(seeds(name)):
            (corpus / f"seed-{number:03}").write_bytes(seed)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={longest}",
            "-use_value_profile=1",
            f"-artifact_prefix={temporary}/",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], str(corpus), *options], lambda data: try_target(name, data))
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
