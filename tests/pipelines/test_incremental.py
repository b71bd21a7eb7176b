"""What a run computes again, and when it computes everything: counted, never timed.

That results are the same either way is what every load here and in `test_loads` is held to.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from journey_analytics.config.load import load_config
from journey_analytics.engine.duck import connect
from journey_analytics.engine.graph import load_steps
from journey_analytics.engine.kept import is_of_delta
from journey_analytics.engine.models import check_files, load_models
from journey_analytics.engine.run import Run
from tests.harness import NIGHTLY
from tests.loads.actions import Append, Sighting
from tests.loads.project import Project, first_load


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return first_load(tmp_path_factory)


@pytest.fixture
def project(first: Project, tmp_path: Path) -> Project:
    return first.copied(tmp_path)


def _told(project: Project) -> tuple[int | None, str | None]:
    """What the last run says of itself: customers computed again, or why all were."""
    with connect(project.published, read_only=True) as con:
        found: tuple[int | None, str | None] = con.execute(
            "SELECT recomputed_customers, rebuilt_because FROM runs ORDER BY started_at DESC, finished_at DESC LIMIT 1"
        ).fetchall()[0]
    return found


def test_without_new_events_nobody_is(project: Project) -> None:
    project.pass_days(1)  # open journeys may drop by that, which is no reason to compute their customers
    project.config |= {"resources": {"threads": 1}, "publish": {"mode": "0640"}, "incremental": 0.9}  # nor is this
    project.load_and_compare()
    assert _told(project) == (0, None)


def test_a_second_day_goes_on_from_the_first(project: Project) -> None:
    Append((Sighting(person=2, event=1, days=200),)).apply(project)
    project.load()
    assert _told(project) == (1, None)
    Append((Sighting(person=2, event=3, days=100),)).apply(project)
    project.load()  # what it publishes is compared in tests/properties/test_loads.py
    assert _told(project) == (1, None)


def test_the_delta_holds_the_rows_of_the_touched_only(project: Project) -> None:
    Append((Sighting(person=2, event=1),)).apply(project)
    project.write()
    counts = {}
    with Run.open(load_config(project.live / "journey.yaml"), clock=project.clock) as run:
        for step in load_steps():
            run.execute(step.name)
            if step.name == "events":
                counts = {
                    name: run.con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
                    for name in ("delta.main.staged_rows", "kept.main.customer_prints", "pub.main.events")
                }
    with connect(project.published, read_only=True) as con:
        of_two = con.execute(
            "SELECT count(*) FROM events SEMI JOIN (SELECT customer_id FROM identifiers WHERE identifier = 'u2') AS i "
            "USING (customer_id)"
        ).fetchall()[0][0]
        events, customers = con.execute("SELECT count(*), count(DISTINCT customer_id) FROM events").fetchall()[0]
    assert 0 < of_two < events
    assert counts == {
        "delta.main.staged_rows": of_two,
        "kept.main.customer_prints": customers,
        "pub.main.events": events,
    }


def test_a_column_that_was_empty_gets_its_first_value(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for rows in project.files.values():
        for row in rows:
            row |= {"country": ""} if "country" in row else {}
    project.load()
    project.files["web/n9.csv"] = [dict(project.files["web/1.csv"][0]) | {"id": "first", "country": "BE"}]
    project.load_and_compare()
    assert _told(project)[1] is None
    with connect(project.published, read_only=True) as con:
        assert con.execute(
            "SELECT country, count(*) FROM events WHERE country IS NOT NULL GROUP BY ALL"
        ).fetchall() == [("BE", 1)]


def _change(key: str, value: object) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        project.config[key] = value

    return change


def _without_state(project: Project) -> None:
    (project.live / "warehouse" / ".state" / "kept.duckdb").unlink()


def _damaged(project: Project) -> None:
    (project.live / "warehouse" / ".state" / "kept.duckdb").write_bytes(b"no database")


def _older_state(project: Project) -> None:
    """As a run leaves it that is killed between publishing and keeping."""
    state = project.live / "warehouse" / ".state" / "kept.duckdb"
    before = state.read_bytes()
    Append((Sighting(person=3),)).apply(project)
    project.load()
    state.write_bytes(before)


def _other_published(project: Project) -> None:
    project.published.chmod(0o640)
    with connect(project.published) as con:
        con.execute("CREATE TABLE notes AS SELECT 1 AS note")


def _earlier_name(project: Project) -> None:
    project.files["web/0.csv"] = [dict(project.files["web/2.csv"][0]) | {"id": "e1"}]


def _ledger_gone(project: Project) -> None:
    (project.live / "warehouse" / ".state" / "identity_ledger.parquet").unlink()


FULL: dict[str, tuple[Callable[[Project], None], str]] = {
    "no state": (_without_state, "no run before"),
    "damaged state": (_damaged, "can't be read"),
    "killed before the state was kept": (_older_state, "published file is another one"),
    "somebody wrote into the published file": (_other_published, "published file is another one"),
    "a file with an earlier name": (_earlier_name, "comes before one of its source"),
    "no ledger": (_ledger_gone, "no run before"),
    "another configuration": (_change("minimum", 30), "configuration changed"),
    "switched off": (_change("incremental", 0), "incremental: 0"),
    "too many touched": (_change("incremental", 0.001), "of all events are touched"),
}


def _reason(project: Project) -> str | None:
    """Why the next run computes everything, as it says when it has chosen; it ends there and publishes nothing."""
    project.write()
    with Run.open(load_config(project.live / "journey.yaml"), clock=project.clock, log=lambda _: None) as run:
        for step in load_steps():
            run.execute(step.name)
            if step.name == "touched_customers":
                return run.rebuilt_because
    raise AssertionError("no step has chosen")


@pytest.mark.parametrize("name", FULL)
def test_everything_is_computed_where_it_must_be(project: Project, name: str) -> None:
    if name == "killed before the state was kept" and not NIGHTLY:  # a whole run to get there, and the next of its kind
        pytest.skip("nightly")
    change, reason = FULL[name]
    change(project)
    Append((Sighting(person=2),)).apply(project)
    assert reason in (_reason(project) or "")
    if name == "damaged state" or NIGHTLY:
        project.load()
        recomputed, told = _told(project)
        assert recomputed is None
        assert reason in (told or "")
        kept = list((project.live / "warehouse" / ".state").glob("kept*"))
        assert len(kept) == (name != "switched off")


def test_by_customer_models_read_nothing_that_counts_over_customers() -> None:
    """The mark is a promise: what such a model reads is of the customer, or a table of distinct values."""
    allowed = {
        "customer_rows", "staged_rows", "customer_numbers", "machine_events", "numbered_ids", "user_agents",
        "touch_groups", "event_kinds", "event_codes", "kind_rules",
    }  # fmt: skip
    models = load_models()
    for model in models.values():
        if model.by_customer:
            foreign = {
                t for t in model.reads if not t.startswith("config_") and not (t in models and models[t].by_customer)
            }
            assert foreign <= allowed, model.name


def test_a_check_looks_at_the_delta_or_at_all_customers() -> None:
    """One that needs both would compare the rows of some with the counts of all."""
    models = load_models()
    for name, (_, _, reads) in check_files().items():
        if is_of_delta(name):
            assert all(models[table].by_customer and not models[table].is_published for table in reads), name
