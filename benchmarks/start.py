"""How long `trialist --help` takes, beside a bare interpreter, `import click` and `import scipy.stats`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
RUNS = 15
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import click": [sys.executable, "-c", "import click"],
    "import scipy.stats": [sys.executable, "-c", "import scipy.stats"],
    "trialist --help": [str(BIN / "trialist"), "--help"],
    "trialist run --help": [str(BIN / "trialist"), "run", "--help"],
    "trialist check --help": [str(BIN / "trialist"), "check", "--help"],
}


def seconds(command: list[str]) -> float:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start

    once()
    return statistics.median(once() for _ in range(RUNS))


if __name__ == "__main__":
    bare = seconds(CASES["python -c pass"])
    print(f"{'command':<24}{'seconds':>9}{'x bare interpreter':>20}")
    for name, command in CASES.items():
        taken = seconds(command)
        print(f"{name:<24}{taken:>9.3f}{taken / bare:>20.1f}")
