"""The pipeline against the oracle on drawn histories: every table of the core, row by row.

`ORACLE_EXAMPLES=500` draws more than the default; `ORACLE_SHRINK=1` makes a failing history small.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.harness import NIGHTLY, run_tables
from tests.oracle.adapter import load
from tests.oracle.compare import assert_same_rows
from tests.oracle.run import Truth, run
from tests.properties.histories import CLOCK, Project, projects
from tests.properties.published import ASKED, COMPARED, of_oracle, of_pipeline

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "250" if NIGHTLY else "6"))
#: Each example is a whole run, so few by default, no deadline, and shrinking (hundreds of runs) only when asked for.
FEW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if "ORACLE_SHRINK" in os.environ else [])],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def truth_of(folder: Path, project: Project) -> Truth:
    """What the oracle says about a written project."""
    rows, config = load(folder, project.as_of, CLOCK.isoformat())
    return run(rows, config)


@FEW
@given(projects())
def test_pipeline_equals_oracle(project: Project) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = project.write(folder)
        truth = truth_of(folder, project)
        with run_tables(path, ASKED, project.as_of, clock=CLOCK.isoformat()) as con:
            found = of_pipeline(con, truth)
        wanted = of_oracle(truth)
        for table, columns in COMPARED.items():
            assert_same_rows(found[table], wanted[table], columns, table)
