"""Memory stays bounded where a document holds many rows: measured in an own process, as DuckDB's is not Python's.

VmHWM and not ru_maxrss, which a process takes over from the one that started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_CHILD = """
import json, re, sys
from pathlib import Path
from journey_analytics.config.model import Resources
from tests.ingest.staging import project, stage
config = project(Path(sys.argv[1]), json.loads(sys.argv[2])).model_copy(update={"resources": Resources(threads=2)})
(file,) = stage(config).files
print(file.rows, int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell peak memory this way")
@pytest.mark.parametrize(("count", "time"), [(2000, "ts"), (2000, "nowhere"), (16_000, "ts")])
def test_surroundings_are_not_copied_for_each_row(tmp_path: Path, count: int, time: str) -> None:
    """Once half a megabyte with 2,000 events took 8 GB, 5 GB where its rows are refused; four megabytes took 600 MB."""
    events = [{"id": number, "type": "OPEN", "ts": 1714557600 + number, "pad": "x" * 200} for number in range(count)]
    document = {"tenant": 5, "batch": [{"envelope": {"rcpt": "ann@x.org"}, "events": events}]}
    (tmp_path / "a.json").write_text(json.dumps(document))
    source = {
        "name": "v",
        "connector": "table",
        "files": "a.json",
        "rows": ["batch[*].events[*]"],
        "columns": {"occurred_at": time, "event_name": "type", "event_id": "id"},
        "identifiers": {"email": "^.envelope.rcpt", "account": "$.tenant"},
    }
    line = [sys.executable, "-c", _CHILD, str(tmp_path), json.dumps(source)]
    done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    rows, peak = map(int, done.stdout.split())
    assert rows == len(events)
    assert peak < 500  # 75 of them before anything is read
