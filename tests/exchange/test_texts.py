"""Hostile texts through GraphML and XES, and the form of the log that IEEE 1849 asks for."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.errors import ConfigError
from journey_analytics.exchange.events import read_events
from journey_analytics.exchange.graphs import GRAPH_FORMATS, read_graph
from journey_analytics.exchange.xes import read_xes, write_xes
from journey_analytics.exchange.xml_text import attribute, decoded, encoded

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["_x000D_", "a\r\nb", "\x00\x1b[2J", "]]>", "<!--", "&amp;", "=1+1", "\ufffe", "_x_x0041_"]
)


slow = settings(deadline=None, max_examples=60)


@slow
@given(texts)
def test_any_text_survives_xml(text: str) -> None:
    element = ElementTree.fromstring(f"<a b={attribute(text)}/>")
    assert decoded(element.get("b", "")) == text
    assert decoded(encoded(text)) == text


@slow
@given(
    st.lists(
        st.tuples(texts, texts, st.integers(), st.none() | st.floats(allow_nan=False, allow_infinity=False)), max_size=6
    )
)
@pytest.mark.parametrize("form", sorted(GRAPH_FORMATS))
def test_any_graph_comes_back(form: str, edges: list[tuple[Any, ...]]) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph(title="x\r")
    for left, right, weight, seconds in edges:
        graph.add_edge(left, right, weight=weight % 2**40, seconds=seconds)
    write, read = GRAPH_FORMATS[form]
    back = read(write(graph))
    assert list(back.nodes(data=True)) == list(graph.nodes(data=True))
    assert list(back.edges(data=True)) == list(graph.edges(data=True))
    assert back.graph == graph.graph


@slow
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), texts, st.lists(texts, max_size=2)), min_size=1, max_size=5))
def test_any_log_comes_back(rows: list[tuple[Any, ...]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    events = [(who, name, datetime(2026, 1, 1, 0, 0, 0, 123456), flags, 1.5) for who, name, flags in rows]
    columns = ["customer_id", "event_name", "occurred_at", "flags", "value"]
    file = io.BytesIO()
    assert write_xes(file, columns, events, "customer_id") == len({row[0] for row in rows})
    path = io.BytesIO(file.getvalue())
    assert [tuple(row) for row in read_xes(path).iter_rows()] == events


def test_the_form_of_a_log(tmp_path: Path) -> None:
    """IEEE 1849-2016: extensions, globals, classifiers, attributes and traces in this order; typed values with keys."""
    file = tmp_path / "log.xes"
    rows = [("a", "x", datetime(2026, 1, 1), True, ["p"], None), ("b", "y", datetime(2026, 1, 2), False, [], 3)]
    columns = ["customer_id", "event_name", "occurred_at", "good", "flags", "n"]
    with file.open("wb") as opened:
        write_xes(opened, columns, rows, "customer_id")
    root = ElementTree.parse(file).getroot()
    space = "{http://www.xes-standard.org/}"
    assert (root.tag, root.get("xes.version")) == (f"{space}log", "1849-2016")
    order = ["extension", "global", "classifier", "string", "trace"]
    ranks = [order.index(child.tag.removeprefix(space)) for child in root]
    assert ranks == sorted(ranks)
    assert all(child.get("scope") in ("trace", "event") for child in root if child.tag == f"{space}global")
    first = next(root.iter(f"{space}event"))
    assert [(child.tag.removeprefix(space), child.get("key"), child.get("value")) for child in first] == [
        ("string", "customer_id", "a"),
        ("string", "concept:name", "x"),
        ("date", "time:timestamp", "2026-01-01T00:00:00.000000+00:00"),
        ("boolean", "good", "true"),
        ("list", "flags", None),
    ]
    assert [child.tag for child in first[-1]] == [f"{space}values"]


def test_another_tool_s_log(tmp_path: Path) -> None:
    file = tmp_path / "log.xes"
    file.write_text(
        """<log xes.version="1.0"><trace><string key="concept:name" value="case 1"/><event>
        <string key="concept:name" value="register"/><date key="time:timestamp" value="2026-01-01T02:00:00+01:00"/>
        </event></trace></log>"""
    )
    assert read_xes(file).to_dicts() == [
        {"event_name": "register", "occurred_at": datetime(2026, 1, 1, 1), "customer_id": "case 1"}
    ]


@pytest.mark.parametrize("name", ["a.xes", "a.parquet", "a.json", "a.csv"])
def test_what_is_no_log_is_one_error(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("<html>")
    with pytest.raises(ConfigError):
        read_events(tmp_path / name)


@pytest.mark.parametrize("name", ["a.graphml", "a.parquet", "a.json", "a.gexf"])
def test_what_is_no_graph_is_one_error(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("<html>")
    with pytest.raises(ConfigError):
        read_graph(tmp_path / name)
