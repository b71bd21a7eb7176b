"""The long form of the fuzz: each family in a process of its own, and a table of what was seen.

Usage: python -m tests.fuzz [--files 200] [--records 60] [FAMILY…]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys

from tests.fuzz.families import FAMILIES
from tests.fuzz.run import fuzz_family


def main() -> int:
    """Fuzz the families and print a Markdown table; 1 if any has a fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="FAMILY")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--here", action="store_true", help="in this process: print one family's tally as JSON")
    options = parser.parse_args()
    if options.here:
        tally = fuzz_family(FAMILIES[options.families[0]], options.files, options.records)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({**vars(tally), "peak": peak}))
        return 0
    columns = {
        "files": "files",
        "rows": "rows",
        "exact": "counted twice",
        "refused": "refused",
        "slowest": "slowest, cpu s",
        "peak": "peak MB",
    }
    print(f"| family | {' | '.join(columns.values())} |\n|---|{'--:|' * len(columns)}")
    faults = 0
    for name in options.families or FAMILIES:
        line = [
            sys.executable,
            "-m",
            "tests.fuzz",
            "--here",
            name,
            "--files",
            str(options.files),
            "--records",
            str(options.records),
        ]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode:
            faults += 1
            print(f"| {name} | FAULT |\n{done.stdout[-2000:]}{done.stderr[-6000:]}", flush=True)
            continue
        tally = json.loads(done.stdout.splitlines()[-1])
        cells = [f"{tally[key]:,.1f}" if key == "slowest" else f"{tally[key]:,}" for key in columns]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
