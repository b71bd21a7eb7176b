"""Whatever table people have at hand."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from journey_analytics import channel_groups
from journey_analytics.channels import groups
from journey_analytics.errors import JourneyError

TOUCHES = {
    "n": [3, 1, 2, 4],
    "Source": ["google", None, "facebook", "google"],
    "medium": ["cpc", None, "referral", "organic"],
    "channel_group": ["old", "old", "old", "old"],
}
EXPECTED = ["Paid Search", "Direct", "Organic Social", "Organic Search"]


def tables(folder: Path) -> dict[str, Any]:
    frame = pl.DataFrame(TOUCHES)
    frame.write_csv(folder / "touches.csv")
    frame.write_parquet(folder / "touches.parquet")
    return {
        "polars": frame,
        "lazy": frame.lazy(),
        "pandas": pd.DataFrame(TOUCHES, index=[9, 9, 7, 1]),
        "arrow": pa.table(TOUCHES),
        "relation": duckdb.sql("from frame"),
        "csv": folder / "touches.csv",
        "parquet": str(folder / "touches.parquet"),
    }


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "arrow", "relation", "csv", "parquet"])
def test_every_kind_of_table_keeps_its_rows_and_columns(kind: str, tmp_path: Path) -> None:
    answer = channel_groups(tables(tmp_path)[kind])
    assert answer.columns == ["n", "Source", "medium", "channel_group", "channel_rule"]
    assert [int(n) for n in answer["n"]] == TOUCHES["n"]
    assert answer["channel_group"].to_list() == EXPECTED


def test_an_empty_column_of_pandas_is_empty() -> None:
    touches = pd.DataFrame({"source": ["google", float("nan")], "medium": [float("nan")] * 2})
    assert channel_groups(touches)["channel_group"].to_list() == ["Organic Search", "Direct"]


def test_no_rows_and_no_known_columns() -> None:
    assert channel_groups(pl.DataFrame({"source": []})).height == 0
    assert channel_groups(pl.DataFrame({"other": [1, 2]}))["channel_group"].to_list() == ["Direct", "Direct"]


@pytest.mark.parametrize("table", [3, None, "nowhere.csv", Path("nowhere.parquet"), pl.DataFrame({"row_no": [1]})])
def test_what_is_no_table_is_one_error(table: Any) -> None:
    with pytest.raises(JourneyError):
        channel_groups(table)


def test_the_example_runs() -> None:
    found = doctest.DocTestFinder().find(groups.channel_groups, "channel_groups", globs={})
    results = [doctest.DocTestRunner().run(test) for test in found]
    assert sum(result.attempted for result in results) > 2
    assert sum(result.failed for result in results) == 0
