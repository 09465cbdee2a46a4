"""Worker processes import the work that tests give them by its name: this folder must be found."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
