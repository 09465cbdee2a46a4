"""Makes this folder and tools/ importable: the pages that come from the code are made by tools."""

import sys
from pathlib import Path

HERE = Path(__file__).parent

sys.path += [str(HERE), str(HERE.parents[1] / "tools")]
