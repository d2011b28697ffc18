"""All benchmarks with their defaults, one after the other: `python tests/benchmarks`. CONTRIBUTING says how long."""

import subprocess
import sys
from pathlib import Path

for name in ("throughput.py", "quality.py", "modes.py", "stacked.py", "parzen.py", "objectives.py", "ebgan_grid.py"):
    subprocess.run([sys.executable, Path(__file__).with_name(name)], check=True)
