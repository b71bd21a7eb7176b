"""The long form of the fuzz: each family in a process of its own, and a table of what was seen.

Usage: python -m tests.fuzz [--files 200] [--rows 10000] [FAMILY…]
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import re
import resource
import subprocess
import sys
from pathlib import Path

from tests.fuzz.families import FAMILIES
from tests.fuzz.run import fuzz_family

#: Wall seconds that one folder of files may take before its process ends and tells where it stood.
_HANGS = 600
_COLUMNS = {
    "files": "files",
    "rows": "rows",
    "exact": "counted twice",
    "refused": "refused",
    "seconds": "cpu s",
    "slowest": "slowest folder, cpu s",
    "peak": "peak MB",
}


def main() -> int:
    """Fuzz the families and print a Markdown table; 1 if any has a fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="FAMILY")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--here", action="store_true", help="in this process: print one family's tally as JSON")
    options = parser.parse_args()
    if options.here:
        tally = fuzz_family(FAMILIES[options.families[0]], options.files, options.rows, _watch)
        print(json.dumps({**vars(tally), "peak": _peak()}))
        return 0
    print(f"| family | {' | '.join(_COLUMNS.values())} |\n|---|{'--:|' * len(_COLUMNS)}", flush=True)
    faults = 0
    for name in options.families or FAMILIES:
        line = [sys.executable, "-m", "tests.fuzz", "--here", name]
        line += ["--files", str(options.files), "--rows", str(options.rows)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        tally = json.loads(done.stdout.splitlines()[-1]) if not done.returncode else {}
        if not tally or tally["files"] < options.files or tally["rows"] < options.rows:
            faults += 1
            print(f"| {name} | FAULT |\n{done.stdout[-2000:]}{done.stderr[-6000:]}", flush=True)
            continue
        cells = [f"{tally[key]:,.1f}" if key in ("slowest", "seconds") else f"{tally[key]:,}" for key in _COLUMNS]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return 1 if faults else 0


def _watch() -> None:
    faulthandler.dump_traceback_later(_HANGS, exit=True)


def _peak() -> int:
    """Megabytes that this process held at most. ru_maxrss is taken over from the process that started it."""
    status = Path("/proc/self/status")
    if status.exists() and (held := re.search(r"VmHWM:\s*(\d+)", status.read_text())):
        return int(held[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    raise SystemExit(main())
