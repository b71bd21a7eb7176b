"""A graph as GraphML, JSON (node-link) or Parquet (edges; nodes in the file's metadata), and back unchanged."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq

from journey_analytics.errors import ConfigError, Problem
from journey_analytics.exchange.xml_text import decoded, encoded

#: Where GraphML keeps the names of edges' attributes, since it has no form for "not known".
_ATTRIBUTES = "journey_attributes"
_NODES = b"journey_nodes"


def graphml(graph: nx.DiGraph[str]) -> bytes:
    """The graph as GraphML; an attribute that is None is left out, as the format has no other form for it."""
    plain: nx.DiGraph[str] = nx.DiGraph()
    names = {
        "node": sorted({key for _, data in graph.nodes(data=True) for key in data}),
        "edge": list(dict.fromkeys(key for *_, data in graph.edges(data=True) for key in data)),
        "none": [
            [kind, *at, key]
            for kind, items in (("node", graph.nodes(data=True)), ("edge", graph.edges(data=True)))
            for *at, data in items
            for key, value in data.items()
            if value is None
        ],
    }
    plain.graph.update({key: _text(value) for key, value in graph.graph.items()})
    plain.graph[_ATTRIBUTES] = encoded(json.dumps(names))
    for node, data in graph.nodes(data=True):
        plain.add_node(encoded(node), **_known(data))
    for left, right, data in graph.edges(data=True):
        plain.add_edge(encoded(left), encoded(right), **_known(data))
    buffer = io.BytesIO()
    nx.write_graphml_xml(plain, buffer)
    return buffer.getvalue()


def read_graphml(content: bytes) -> nx.DiGraph[str]:
    """The graph that `graphml` was given, or any other tool's."""
    try:
        plain = nx.read_graphml(io.BytesIO(content))
    except (ParseError, nx.NetworkXError, KeyError, ValueError) as error:
        raise ConfigError(Problem(f"this is no GraphML: {error}", remedy="Give a file that a tool wrote.")) from None
    graph: nx.DiGraph[str] = nx.DiGraph()
    names = json.loads(decoded(plain.graph.pop(_ATTRIBUTES, '{"none": [], "edge": []}')))
    plain.graph.pop("node_default", None)
    plain.graph.pop("edge_default", None)
    graph.graph.update({key: _read(value) for key, value in plain.graph.items()})
    for node, data in plain.nodes(data=True):
        graph.add_node(decoded(str(node)), **{key: _read(value) for key, value in data.items()})
    for left, right, data in plain.edges(data=True):
        graph.add_edge(decoded(str(left)), decoded(str(right)), **{key: _read(value) for key, value in data.items()})
    for kind, *at, key in names["none"]:
        data = graph.nodes[at[0]] if kind == "node" else graph.edges[at[0], at[1]]
        data[key] = None
    for *_, data in graph.edges(data=True):  # in the order in which they were
        for key in names["edge"]:
            if key in data:
                data[key] = data.pop(key)
    return graph


def graph_json(graph: nx.DiGraph[str]) -> bytes:
    """The graph as node-link JSON."""
    data = nx.node_link_data(graph, edges="edges")
    return json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")


def read_graph_json(content: bytes) -> nx.DiGraph[str]:
    """The graph that `graph_json` was given."""
    try:
        graph: nx.DiGraph[str] = nx.DiGraph(nx.node_link_graph(json.loads(content), edges="edges"))
    except (ValueError, KeyError, TypeError, nx.NetworkXError) as error:
        raise ConfigError(Problem(f"this is no node-link JSON: {error}")) from None
    return graph


def graph_parquet(graph: nx.DiGraph[str]) -> bytes:
    """The edges as Parquet: from_node, to_node and their attributes; the nodes stand in the file's metadata."""
    keys = list(dict.fromkeys(key for *_, data in graph.edges(data=True) for key in data))
    try:
        columns: dict[str, Any] = {
            "from_node": pa.array([left for left, _ in graph.edges], pa.string()),
            "to_node": pa.array([right for _, right in graph.edges], pa.string()),
        }
        for key in keys:
            columns[key] = pa.array([data.get(key) for *_, data in graph.edges(data=True)])
    except (pa.ArrowException, OverflowError, UnicodeError) as error:  # a number beyond 64 bits, half a letter
        raise ConfigError(Problem(f"Parquet has no form for a value of the graph: {error}")) from None
    nodes = json.dumps({"graph": graph.graph, "nodes": list(graph.nodes(data=True))})
    table = pa.table(columns)
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({_NODES: nodes.encode()}), buffer)
    return buffer.getvalue()


def read_graph_parquet(content: bytes) -> nx.DiGraph[str]:
    """The graph that `graph_parquet` was given; of another tool's edges, the nodes that they join."""
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise ConfigError(Problem(f"this is no Parquet: {error}")) from None
    stored = json.loads((table.schema.metadata or {}).get(_NODES, b'{"graph": {}, "nodes": []}'))
    graph: nx.DiGraph[str] = nx.DiGraph(**stored["graph"])
    graph.add_nodes_from((node, data) for node, data in stored["nodes"])
    for row in table.to_pylist():
        graph.add_edge(row.pop("from_node"), row.pop("to_node"), **row)
    return graph


#: Format -> (write, read).
GRAPH_FORMATS: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    "graphml": (graphml, read_graphml),
    "json": (graph_json, read_graph_json),
    "parquet": (graph_parquet, read_graph_parquet),
}


def read_graph(path: Path | str) -> nx.DiGraph[str]:
    """Read a graph that `journey export graph` wrote: .graphml, .json or .parquet.

    Raises:
        ConfigError: If the ending tells no format, or the content is another.
    """
    path = Path(path)
    ending = path.suffix.lower().removeprefix(".")
    if ending not in GRAPH_FORMATS:
        remedy = f"Name the file with one of the endings {', '.join('.' + name for name in GRAPH_FORMATS)}."
        raise ConfigError(Problem("the ending tells no format of a graph", str(path), remedy=remedy))
    graph: nx.DiGraph[str] = GRAPH_FORMATS[ending][1](path.read_bytes())
    return graph


def _known(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _text(value) for key, value in data.items() if value is not None}


def _text(value: Any) -> Any:
    return encoded(value) if isinstance(value, str) else value


def _read(value: Any) -> Any:
    return decoded(value) if isinstance(value, str) else value
