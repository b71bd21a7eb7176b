"""`Warehouse` on a small published file made here: questions, the graph, one customer, and replacement while open."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import networkx as nx
import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.errors import JourneyError
from journey_analytics.warehouse import Warehouse

TABLES = """
create table drop_off as from (values
    ('all', 'all', 'Awareness', 1), ('all', 'all', 'Decision', 2), ('all', 'all', 'Loyalty', 3),
    ('device', 'mobile', 'Awareness', 1), ('device', 'mobile', 'Decision', 2), ('device', 'mobile', 'Loyalty', 3),
    ('device', 'it''s', 'Awareness', 1)
) t(segment, segment_value, stage, stage_rank);
create table transitions as from (values
    ('all', 'all', '(start)', 'Awareness', 3, 3, 3, 1.0, null::double, null::double, null::double),
    ('all', 'all', 'Awareness', 'Decision', 2, 2, 2, 0.5, 60.0, 90.0, 70.0),
    ('all', 'all', 'Decision', 'Awareness', 1, 1, 1, 1.0, 5.0, 5.0, 5.0),
    ('all', 'all', 'Awareness', '(dropped)', 2, 2, 2, 0.5, null, null, null),
    ('all', 'all', 'Decision', '(open)', 1, 1, 1, null, null, null, null),
    ('device', 'mobile', '(start)', 'Awareness', 1, 1, 1, 1.0, null, null, null)
) t(segment, segment_value, from_stage, to_stage, transitions, journeys, customers, probability,
    median_seconds, p90_seconds, mean_seconds);
create table customers as from (values (1, 'dropped', 3), (2, 'open', 1)) t(customer_id, outcome, event_count);
create table identifiers as from (values
    ('email', 'ann@example.org', 1), ('web.cookie', 'C-ann', 1), ('phone', '31612345678', 1), ('web.user_id', '77', 1),
    ('email', 'bob@example.org', 2), ('crm.crm_contact', '77', 2)
) t(kind, identifier, customer_id), (values (timestamp '2026-01-01', timestamp '2026-02-01', 2))
    u(first_seen_at, last_seen_at, event_count);
create table events as from (values
    ('e1', 1, timestamp '2026-01-01 10:00', 'page_viewed', 's1', 'j1', 'Awareness', 0),
    ('e3', 1, timestamp '2026-01-01 10:05', 'cart_added', 's1', 'j1', 'Decision', 1),
    ('e2', 1, timestamp '2026-01-01 10:05', 'page_viewed', 's1', 'j1', 'Decision', 2),
    ('e4', 2, timestamp '2026-01-02 10:00', 'page_viewed', 's2', 'j2', 'Awareness', 3)
) t(event_id, customer_id, occurred_at, event_name, session_id, journey_id, stage, position);
create table sessions as from (values ('s1', 1, 1), ('s2', 2, 1)) t(session_id, customer_id, session_number);
create table journeys as from (values ('j1', 1, 1, 'dropped'), ('j2', 2, 1, 'open'))
    t(journey_id, customer_id, journey_number, outcome);
create table stage_visits as from (values
    ('j1', 1, 2, 'Decision', 'cart_added'), ('j1', 1, 1, 'Awareness', null), ('j2', 2, 1, 'Awareness', null)
) t(journey_id, customer_id, visit_number, stage, rule);
"""


def publish(path: Path, version: int = 1) -> None:
    """Publish as the pipeline does: written beside, then moved into place."""
    beside = path.with_suffix(".new")
    connection = connect(beside)
    connection.execute(TABLES)
    connection.execute("create table runs as select ? as run_id", [version])
    connection.close()
    os.replace(beside, path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    published = tmp_path / "it's a folder" / "journeys.duckdb"
    published.parent.mkdir()
    publish(published)
    return published


@pytest.fixture
def warehouse(path: Path) -> Iterator[Warehouse]:
    with Warehouse(path) as opened:
        yield opened


def test_sql_answers_with_and_without_parameters(warehouse: Warehouse) -> None:
    assert warehouse.sql("from customers order by all").pl().rows() == [(1, "dropped", 3), (2, "open", 1)]
    assert warehouse.sql("select event_count from customers where outcome = ?", ["open"]).fetchall() == [(1,)]
    assert warehouse.sql("select $a::int + 1", {"a": 1}).fetchall() == [(2,)]
    assert warehouse.sql("show tables").pl().height == 9


def test_the_folder_names_the_file_in_it(path: Path) -> None:
    with Warehouse(path.parent) as warehouse:
        assert warehouse.sql("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "query",
    [
        "copy customers to '{other}'",
        "copy customers to '{path}.wal'",  # would make the published file unreadable
        "copy (pivot customers on outcome) to '{path}.wal'",
        "explain analyze copy customers to '{path}.wal'",
        "prepare x as copy customers to '{path}.wal'",
        "select 1; copy customers to '{path}.wal'",
        "attach '{other}'",
        "set enable_external_access = true",
        "create table more as select 1",
        "delete from customers",
        "",
    ],
)
def test_nothing_but_a_question_is_run(warehouse: Warehouse, path: Path, query: str) -> None:
    before = sorted(path.parent.iterdir())
    text = query.format(path=str(path).replace("'", "''"), other=str(path.parent / "other").replace("'", "''"))
    with pytest.raises(JourneyError, match="one SELECT"):
        warehouse.sql(text)
    assert sorted(path.parent.iterdir()) == before
    assert warehouse.sql("select count(*) from customers").fetchall() == [(2,)]


def test_other_files_cannot_be_read(warehouse: Warehouse, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        warehouse.sql("select * from read_csv(?)", [str(secret)]).fetchall()


def test_no_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(JourneyError, match="journey run"):
        Warehouse(tmp_path / "journeys.duckdb").sql("select 1")


def test_another_file_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "journeys.duckdb").write_text("not a database, but long enough to look at " * 200)
    with pytest.raises(JourneyError, match="no readable DuckDB file"):
        Warehouse(tmp_path / "journeys.duckdb").sql("select 1")


def test_the_graph_has_every_node_and_the_columns_of_transitions(warehouse: Warehouse) -> None:
    graph = warehouse.stage_graph()
    assert isinstance(graph, nx.DiGraph)
    assert list(graph) == ["(start)", "Awareness", "Decision", "Loyalty", "(completed)", "(dropped)", "(open)"]
    assert graph.nodes["Decision"] == {"kind": "stage", "rank": 2}
    assert graph.number_of_edges() == 5
    assert graph.edges["Awareness", "Decision"] == {
        "transitions": 2, "journeys": 2, "customers": 2, "probability": 0.5,
        "median_seconds": 60.0, "p90_seconds": 90.0, "mean_seconds": 70.0,
    }  # fmt: skip
    assert graph.edges["Decision", "(open)"]["probability"] is None


def test_the_graph_of_one_segment(warehouse: Warehouse) -> None:
    assert list(warehouse.stage_graph(segment=("device", "mobile")).edges) == [("(start)", "Awareness")]
    assert warehouse.stage_graph(segment=("device", "it's")).number_of_edges() == 0


def test_an_unknown_segment_lists_the_known_ones(warehouse: Warehouse) -> None:
    with pytest.raises(JourneyError, match="there are: all, device"):
        warehouse.stage_graph(segment=("country", "NL"))
    with pytest.raises(JourneyError, match="it has: it's, mobile"):
        warehouse.stage_graph(segment=("device", "desktop"))


@pytest.mark.parametrize(
    "typed", [" ANN@Example.org", "C-ann", "+31 6 1234-5678", "web.cookie:C-ann", "email: Ann@example.org", "1"]
)
def test_a_customer_is_found_by_any_identifier(warehouse: Warehouse, typed: str) -> None:
    assert warehouse.customer(typed).customer_id == 1


def test_the_digits_of_an_address_are_no_telephone_number(warehouse: Warehouse) -> None:
    with pytest.raises(JourneyError):
        warehouse.customer("a31612345678@example.org")


def test_a_customer_s_timeline(warehouse: Warehouse) -> None:
    ann = warehouse.customer("ann@example.org")
    assert ann.summary["outcome"] == "dropped"
    assert ann.events["event_id"].to_list() == ["e1", "e3", "e2"]  # a tie stands in the total order
    assert ann.sessions.height == 1
    assert ann.journeys["outcome"].to_list() == ["dropped"]
    assert ann.stage_visits.select("visit_number", "rule").rows() == [(1, None), (2, "cart_added")]
    assert ann.identifiers.height == 4
    assert repr(ann) == "Customer(1: 3 events, 1 sessions, 1 journeys, outcome 'dropped')"


def test_an_unknown_customer_gives_a_count_and_no_names(warehouse: Warehouse) -> None:
    with pytest.raises(JourneyError, match="1 known identifier is similar") as caught:
        warehouse.customer("anm@example.org")
    assert "ann@" not in str(caught.value)
    with pytest.raises(JourneyError, match="0 known identifiers"):
        warehouse.customer("' or 1=1 --")


def test_one_value_of_two_people_asks_which(warehouse: Warehouse) -> None:
    with pytest.raises(JourneyError, match=r"crm\.crm_contact:77, web\.user_id:77"):
        warehouse.customer("77")
    assert warehouse.customer("crm.crm_contact:77").customer_id == 2


def test_a_replaced_file_is_read_and_old_relations_go_on(warehouse: Warehouse, path: Path) -> None:
    old = warehouse.sql("from runs")
    publish(path, 2)
    assert warehouse.sql("from runs").fetchall() == [(2,)]
    assert old.fetchall() == [(1,)]
    with Warehouse(path) as another:  # beside the first, in the same process
        assert another.sql("from runs").fetchall() == [(2,)]


def test_close_and_open_again(warehouse: Warehouse) -> None:
    warehouse.sql("select 1")
    warehouse.close()
    warehouse.close()
    assert warehouse.sql("from runs").fetchall() == [(1,)]


def test_reading_while_a_run_publishes(warehouse: Warehouse, path: Path) -> None:
    done = threading.Event()

    def republish() -> None:
        for version in range(2, 9):
            publish(path, version)
        done.set()

    writer = threading.Thread(target=republish)
    writer.start()
    seen = []
    while not done.is_set() or not seen:
        assert warehouse.customer("ann@example.org").events.height == 3
        seen += warehouse.sql("select run_id from runs").fetchall()
    writer.join()
    assert seen == sorted(seen)
    assert warehouse.sql("from runs").fetchall() == [(8,)]
