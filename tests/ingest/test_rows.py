"""Rows inside documents: none is lost, whatever the document; what stands around a row is within reach."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.connectors.load import load_connector
from journey_analytics.engine.duck import connect, quote_text
from journey_analytics.errors import ConfigError
from journey_analytics.ingest.rows import expanded, may_hold_forms, may_hold_rows
from tests.fuzz.rows_oracle import UnclearError, count_rows
from tests.ingest.staging import project, rows, stage

AT = "2024-05-01T10:00:00Z"
OPEN = {"type": "open", "ts": 1714557600}


def staged(folder: Path, documents: list[Any], *columns: str, **source: Any) -> list[Any]:
    """Stage JSON lines; every row of the file is among the staged ones."""
    (folder / "a.jsonl").write_text("".join(json.dumps(document) + "\n" for document in documents))
    found = stage(project(folder, {"files": "a.jsonl", **source}))
    assert len(set(rows(found, "line"))) == found.files[0].rows
    return rows(found, *columns)


def test_a_document_without_rows_is_an_ignored_row(tmp_path: Path) -> None:
    good = {"at": AT, "event": "x", "email": "a@x.org"}
    told = ("line", "reason", "ignored")
    empty = (None, "empty")
    found = staged(tmp_path, [{"msys": {}}, {"msys": {"a": good}}, [{"msys": {}}, {}], []], *told, rows="msys.*")
    assert found == [(1, *empty), (2, None, None), (3, *empty), (4, *empty), (5, *empty)]
    found = staged(tmp_path, [{"e": []}, [], {"e": [good, {}]}, {"e": None}, {"f": 1}], *told, rows="e[*]")
    assert found[:4] == [(1, *empty), (2, *empty), (3, None, None), (4, *empty)]
    assert found[4:] == [(5, "missing_time", None), (6, "missing_time", None)]


def test_each_recipient_gets_each_event(tmp_path: Path) -> None:
    documents = [
        {"id": 7, "to": ["a@x.org", "b@x.org"], "events": [OPEN, {"type": "click", "ts": 1714557601}]},
        {"id": 8, "to": "c@x.org", "events": [OPEN]},
        {"id": 9, "to": [], "events": [OPEN]},
    ]
    found = staged(
        tmp_path, documents, "event_name", "ident", "occurred_at::VARCHAR", "url", "referrer", "ignored", "properties",
        rows=[["events[*]"], ["^.to[*]"]],
        columns={"occurred_at": "^.ts", "event_name": "^.type", "url": "^.^.id", "referrer": "$.id"},
        identifiers={"email": "."},
    )  # fmt: skip
    assert [row[:6] for row in found] == [
        ("open", "a@x.org", "2024-05-01 10:00:00", "7", "7", None),
        ("open", "b@x.org", "2024-05-01 10:00:00", "7", "7", None),
        ("click", "a@x.org", "2024-05-01 10:00:01", "7", "7", None),
        ("click", "b@x.org", "2024-05-01 10:00:01", "7", "7", None),
        ("open", "c@x.org", "2024-05-01 10:00:00", "8", "8", None),
        ("open", None, "2024-05-01 10:00:00", "9", "9", "empty"),
    ]
    assert json.loads(found[0][6]) == OPEN  # nobody else's address


def test_the_name_that_a_star_went_through(tmp_path: Path) -> None:
    hooks = {"OPENED": [{"ts": 1714557600}, {"ts": 1714557601}], "CLICKED": {"ts": 1714557602}}
    found = staged(
        tmp_path, [{"to": "a@x.org", "hooks": hooks}], "event_name", "occurred_at::VARCHAR", "ident", "url",
        rows=[["hooks.*"], ["[*]"]],
        columns={"occurred_at": "ts", "event_name": "^key", "url": {"join": ["^key", ["no", "ts"]], "by": "/"}},
        identifiers={"email": "$.to"},
    )  # fmt: skip
    assert found[0][:3] == ("OPENED", "2024-05-01 10:00:00", "a@x.org")
    assert [row[3] for row in found] == ["OPENED/1714557600", "OPENED/1714557601", "CLICKED/1714557602"]


def test_a_recipients_event_does_not_hold_the_others(tmp_path: Path) -> None:
    data = {"id": 1, "type": "open", "ts": AT, "to": ["a@x.org", "b@x.org"], "cc": None}
    (found, _) = staged(
        tmp_path, [{"data": data}], "properties", rows="data.to[*]",
        columns={"occurred_at": "^.ts", "event_name": "^.type"}, identifiers={"email": "."},
    )  # fmt: skip
    assert json.loads(found) == {"id": 1, "type": "open", "ts": AT, "cc": None}


def test_a_rejected_rows_text_tells_whom_it_concerns(tmp_path: Path) -> None:
    document = {"to": "a@x.org", "events": [{"ts": "soon"}, {"at": "x" * 5000}]}
    short, long = staged(
        tmp_path, [document], "raw", rows="events[*]", columns={"occurred_at": "ts"}, event="x",
        identifiers={"email": "$.to"},
    )  # fmt: skip
    assert short.splitlines()[0] == '{"ts":"soon"}'
    assert short.splitlines()[1].startswith('{"to": "a@x.org"')
    assert len(short) == len(long) == 4000
    assert '{"to": "a@x.org"' in long


def test_an_array_of_times_gives_its_first(tmp_path: Path) -> None:
    document = {"to": "a@x.org", "opened": [1714557600, 1714557700], "clicked": [], "sent": "[1"}
    events = [{"event": name, "at": name} for name in ("opened", "clicked", "sent")]
    found = staged(
        tmp_path, [document], "event_name", "occurred_at::VARCHAR", "reason", columns={}, events=events,
        identifiers={"email": "to"},
    )  # fmt: skip
    assert found == [("opened", "2024-05-01 10:00:00", None), ("sent", None, "unparsable_time")]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "[]", "{}", '{"a": []}', "a=1&b=2"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "*", ""]), inner, max_size=3)
    ),
    max_leaves=12,
)
_STEPS = st.lists(st.sampled_from(["a", "b", "[*]", "*", "[0]"]), min_size=1, max_size=4)


def _path(steps: list[str]) -> str:
    return "".join(step if step.startswith("[") else f".{step}" for step in steps).removeprefix(".")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    documents=st.lists(st.lists(_VALUES, max_size=3) | st.dictionaries(st.sampled_from("ab"), _VALUES), min_size=1),
    first=_STEPS,
    second=st.none() | st.tuples(st.sampled_from(["", "^.", "$."]), _STEPS),
    around=st.booleans(),
)
def test_no_document_is_lost(
    documents: list[Any], first: list[str], second: tuple[str, list[str]] | None, around: bool
) -> None:
    paths: list[str | list[str]] = [[_path(first)]]
    if second is not None:
        paths.append([second[0] + _path(second[1])])
    texts = ", ".join(f"({n}, {quote_text(json.dumps(document))})" for n, document in enumerate(documents))
    upwards = second is not None and bool(second[0])

    def found(levels: int | None) -> list[tuple[int, str]]:
        inner = expanded(f"(VALUES {texts}) AS v(n, doc)", "n", paths, renumber=False, levels=levels)
        return con.execute(f"SELECT line, doc FROM ({inner})").fetchall()

    with connect(threads=1) as con:
        rows = found(9 if around or upwards else None)
        if not upwards:
            assert rows == found(None if around else 9)
    assert {line for line, _ in rows} == set(range(len(documents)))
    assert all(doc is not None for _, doc in rows)
    for number, document in enumerate(documents):
        with contextlib.suppress(UnclearError):
            assert sum(line == number for line, _ in rows) == count_rows(document, paths)


@pytest.mark.parametrize("field", ["$.list", "$.list[0].x", "^.^.^.tenant", "$", "^"])
def test_a_field_may_ask_for_what_leads_to_the_rows(tmp_path: Path, field: str) -> None:
    """Large objects around a row lose what leads to it only if no field asks for that."""
    item = {"at": AT, "event": "x", "email": "a@x.org", "x": "y" * 5000}
    document = {"tenant": "t", "a": {"b": {"list": [item]}}, "list": [{"x": 7}]}
    keys = {
        "rows": "a.b.list[*]",
        "columns": {"occurred_at": "at", "event_name": "event"},
        "identifiers": {"email": "email"},
        "properties": {"got": field, "tenant": "$.tenant"},
    }
    (tmp_path / "v.yaml").write_text(json.dumps(keys))
    (tmp_path / "a.jsonl").write_text(json.dumps(document))
    source = {"name": "v", "connector": "v.yaml", "files": "a.jsonl", "columns": {}, "identifiers": {}}
    (told,) = rows(stage(project(tmp_path, source)), "properties")
    expected = {"$.list": [{"x": 7}], "$.list[0].x": "7", "^.^.^.tenant": "t", "$": document, "^": document["a"]["b"]}
    got = json.loads(told)["got"]
    assert (json.loads(got) if field in ("$.list", "$", "^") else got) == expected[field]
    assert json.loads(told)["tenant"] == "t"


def test_a_later_list_steps_into_texts(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text(
        json.dumps(
            {
                "rows": [["Message"], ["to[*]"]],
                "columns": {"occurred_at": "^.at", "event_name": "^.event"},
                "identifiers": {"email": "."},
            }
        )
    )
    inner = {"at": AT, "event": "x", "to": ["a@x.org", "b@x.org"]}
    (tmp_path / "a.jsonl").write_text(json.dumps({"Message": json.dumps(inner)}))
    source = {"name": "v", "connector": "v.yaml", "files": "a.jsonl", "columns": {}, "identifiers": {}}
    assert rows(stage(project(tmp_path, source)), "ident", "event_name") == [("a@x.org", "x"), ("b@x.org", "x")]


_TEXT = st.text(
    st.sampled_from("$^.[]*\"\\=ab0 1é?#@/'{}(),:-") | st.characters(exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=9,
)
_ODD = ['"*"', "[*]", "a.*", '"\\"', "a\\", "[99999999999999999999]", "[٣]", "[a=*]", "[*=a].b", '"a', "a..b"]
_HARD = st.sampled_from(_ODD) | st.sampled_from(["^", "$", ".", "^key", "^.^.^.a", "[0", "[]", "$.[*]", "\U00010000"])


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(field=_TEXT | _HARD, where=_TEXT | _HARD, inside=_TEXT | _HARD)
def test_no_path_can_crash(tmp_path_factory: pytest.TempPathFactory, field: str, where: str, inside: str) -> None:
    """Any text as a path is either refused at load, with a remedy, or read without a fault."""
    folder = tmp_path_factory.mktemp("paths")
    connector = {
        "columns": {"occurred_at": ["at", field], "event_name": {"join": [field, ["event", where]]}, "value": where},
        "identifiers": {"email": ["email", where], "account": field},
        "events": {"x": [{"event": "y", "where": {where: "*"}, "value": field, "set": {"z": field}}]},
        "ignore": [{"where": {field: "none"}, "reason": "none"}],
        "properties": {"p": where},
    }
    (folder / "a.jsonl").write_text(
        json.dumps({"at": AT, "event": "x", "email": "a@x.org", "a": [{"b": "a"}, 1]}) + "\n"
    )
    for keys in (connector, {**connector, "rows": inside}, {**connector, "rows": [["a[*]"], [inside]]}):
        (folder / "v.yaml").write_text(json.dumps(keys))
        source = {"name": "v", "connector": "v.yaml", "files": "a.jsonl", "columns": {}, "identifiers": {}}
        try:
            load_connector("v.yaml", folder)
        except ConfigError as error:
            refused = error.problems
        else:
            found = stage(project(folder, source))
            assert len(rows(found, "line")) == found.files[0].rows >= 1
            continue
        assert all(problem.file and problem.line and problem.key and problem.remedy for problem in refused)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('{"batch": [1]}', "batch[*]"),
        ('[{"a": 1}]', "x[*]"),
        (r'{"b\u0061tch": [1]}', "batch[*]"),
        (r'{"a\/b": [1]}', '"a/b"[*]'),
    ],
)
def test_a_document_with_rows_is_never_taken_for_flat(document: str, path: str) -> None:
    test = may_hold_rows("$1", [path])
    assert connect().execute(f"SELECT {test}".replace("$1", quote_text(document))).fetchall() == [(True,)]


def test_a_flat_document_needs_no_walk() -> None:
    test = may_hold_rows("$1", ["batch[*]", "[*]"])
    flat = quote_text('{"type": "page"}')
    assert connect().execute(f"SELECT {test}".replace("$1", flat)).fetchall() == [(False,)]


@pytest.mark.parametrize(
    "document",
    [{"body": "a=1"}, {"body": "a=&b=1"}, {"Message": '{"body": "a=1&b="}'}, {"body": "é=ü"}, ["x[y]=1"]],
)
def test_a_document_with_a_form_is_never_taken_for_one_without(document: Any) -> None:
    for text in (json.dumps(document), json.dumps(document, ensure_ascii=False)):
        assert connect().execute(f"SELECT {may_hold_forms(quote_text(text))}").fetchall() == [(True,)]


def test_base64_and_urls_are_no_forms(tmp_path: Path) -> None:
    text = json.dumps({"at": AT, "event": "x", "email": "a@x.org", "sign": "QUJDRA==", "url": "https://x.org/?a=1"})
    assert connect().execute(f"SELECT {may_hold_forms(quote_text(text))}").fetchall() == [(False,)]
    (tmp_path / "v.yaml").write_text(
        "rows: sign\ncolumns: {occurred_at: $.at, event_name: .}\nidentifiers: {email: $.email}"
    )
    (tmp_path / "a.jsonl").write_text(text)
    source = {"name": "v", "connector": "v.yaml", "files": "a.jsonl", "columns": {}, "identifiers": {}}
    assert rows(stage(project(tmp_path, source)), "event_name") == ["QUJDRA=="]


def test_a_line_of_a_table_may_be_a_list_of_rows(tmp_path: Path) -> None:
    row = '{"at": "2024-05-01T10:00:00Z", "event": "%s", "email": "k\\u00f8@example.org"}'
    (tmp_path / "a.jsonl").write_text(f"[{row % 'a'}, {row % 'b'}]\n[]\n{row % 'c'}\n")
    staged = stage(project(tmp_path, {"files": "*.jsonl"}))
    assert rows(staged, "event_name", "ignored", "reason", "ident") == [
        ("a", None, None, "kø@example.org"),
        ("b", None, None, "kø@example.org"),
        (None, "empty", None, None),
        ("c", None, None, "kø@example.org"),
    ]
