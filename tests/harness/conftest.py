"""Makes this folder and tools/ importable: workers import the work of tests by its name."""

import sys
from pathlib import Path

HERE = Path(__file__).parent

sys.path += [str(HERE), str(HERE.parents[1] / "tools")]
