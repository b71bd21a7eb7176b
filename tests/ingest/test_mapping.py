"""Rows to events: names, ids, wide exports, paths, properties, rows inside JSON documents."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.errors import ConfigError, JourneyError
from journey_analytics.ingest.staged import STAGED_COLUMNS
from journey_analytics.ingest.staged_files import filled, staged_select
from tests.ingest.staging import csv, project, rows, stage

WIDE = {
    "columns": {"event_id": "id"},
    "identifiers": {"email": "email", "account": "company"},
    "actor": "company",
    "channel": "crm",
    "events": [
        {"event": "lead_created", "at": "created"},
        {"event": "deal_won", "at": "won", "value": "amount"},
        {"event": "deal_won", "at": "won_again"},
    ],
}


def test_a_staged_file_leaves_out_what_no_row_has_and_reads_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("at,event,email\n2024-05-01,x,a@example.org\n")
    paths, con = stage(project(tmp_path)).paths("shop"), connect()
    written = [row[0] for row in con.execute("DESCRIBE FROM read_parquet($1)", [str(paths[0])]).fetchall()]
    assert {"line", "occurred_at", "event_name", "event_id", "ident"} <= set(written)
    assert not {"url", "session_key", "received_at", "raw"} & set(written)
    described = con.execute(f"DESCRIBE {staged_select(paths, filled(con, paths))}").fetchall()
    assert {row[0]: row[1].replace('"', "") for row in described} == STAGED_COLUMNS
    assert [row[0] for row in described] == list(STAGED_COLUMNS)


def test_files_that_hold_other_columns_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("at,event,email\n2024-05-01,x,a@example.org\n")
    con = connect()
    con.execute(
        "COPY (SELECT TIMESTAMP '2024-05-02 10:00:00' AS at, 'y' AS event, 'b@example.org' AS email) "
        f"TO '{tmp_path / 'b.parquet'}'"
    )
    paths = stage(project(tmp_path, {"files": ["a.csv", "b.parquet"]})).paths("shop")
    held = filled(con, paths)
    assert not held.everywhere
    told = con.execute(f"SELECT event_name, ordered_at - occurred_at, referrer FROM ({staged_select(paths, held)})")
    day = timedelta(days=1) - timedelta(microseconds=1)
    assert sorted(told.fetchall()) == [("x", day, None), ("y", timedelta(), None)]


def test_a_missing_event_name_is_rejected_and_a_constant_fills_in(tmp_path: Path) -> None:
    text = "at,event,email\n2024-05-01,,a@example.org\n2024-05-01, x ,a@example.org\n"
    assert csv(tmp_path, text, "reason", "event_name") == [("missing_event_name", None), (None, "x")]
    assert (
        csv(tmp_path, text, "event_name", event="order_completed", columns={"occurred_at": "at"})
        == ["order_completed"] * 2
    )


def test_columns_in_any_order_extra_and_quoted_hostile_names(tmp_path: Path) -> None:
    text = '"x""; DROP",email,at,event\nv,a@example.org,2024-05-01,"it\'s; --"\n'
    assert csv(tmp_path, text, "event_name", "properties") == [("it's; --", '{"x\\"; DROP":"v"}')]


def test_typed_columns_and_common_fields(tmp_path: Path) -> None:
    text = (
        "at,event,email,v,seq,got,who,u\n"
        "2024-05-01,x,a@example.org,12.50,10,2024-05-02,machine,https://shop.example/a/b?q=1#top\n"
        "2024-05-01,x,a@example.org,abc,x,soon,nobody,/a/b?x\n"
        "2024-05-01,x,a@example.org,inf,,,,https://shop.example\n"
    )
    columns = {
        "occurred_at": "at",
        "event_name": "event",
        "value": "v",
        "sequence": "seq",
        "received_at": "got",
        "actor": "who",
        "url": "u",
    }
    found = csv(tmp_path, text, "value", "sequence::INT", "received_at::VARCHAR", "actor", "path", columns=columns)
    assert found == [
        (12.5, 10, "2024-05-02 00:00:00", "machine", "/a/b"),
        (None, None, None, "customer", "/a/b"),
        (None, None, None, "customer", "/"),
    ]


def test_wide_rows_give_one_event_per_time(tmp_path: Path) -> None:
    text = (
        "id,email,company,created,won,won_again,amount,note\n"
        "7,a@example.org,acme,2024-01-01,2024-02-01,2024-03-01,99,hi\n"
        "8,a@example.org,acme,2024-01-01,soon,,5,\n"
        "9,a@example.org,acme,,,,,\n"
    )
    found = csv(
        tmp_path, text, "line", "part", "event_name", "event_id", "value", "reason", "account_id", "properties", **WIDE
    )
    assert found == [
        (2, 0, "lead_created", "7:lead_created", None, None, "acme", '{"note":"hi"}'),
        (2, 1, "deal_won", "7:deal_won", 99.0, None, "acme", '{"note":"hi"}'),
        (2, 2, "deal_won", "7:deal_won#2", None, None, "acme", '{"note":"hi"}'),
        (3, 0, "lead_created", "8:lead_created", None, None, "acme", found[3][7]),
        (3, 1, "deal_won", "8:deal_won", 5.0, "unparsable_time", "acme", found[4][7]),
        (4, 0, None, found[5][3], None, "missing_time", "acme", found[5][7]),
    ]


def test_without_an_id_the_content_decides(tmp_path: Path) -> None:
    text = "at,event,email\n" + "2024-05-01 10:00,x,a@example.org\n" * 3 + "2024-05-01 10:00,y,a@example.org\n"
    ids = csv(tmp_path, text, "event_id")
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert len(ids[0]) == len(hashlib.sha256(b"").hexdigest())
    counted = csv(tmp_path, text, "event_id", dedupe="occurrence")
    assert counted == [f"{ids[0]}#1", f"{ids[0]}#2", f"{ids[0]}#3", f"{ids[3]}#1"]
    assert csv(tmp_path, text, "event_id", dedupe="none") == ids


def test_dedupe_of_the_file_says_where_ids_come_from(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("at,event,email,id\n2024-05-01,x,a@example.org,1\n2024-05-01,x,a@example.org,\n")
    staged = stage(project(tmp_path, {"columns": {"occurred_at": "at", "event_name": "event", "event_id": "id"}}))
    ids = rows(staged, "event_id")
    assert (staged.files[0].dedupe, ids[0], len(ids[1])) == ("id", "1", 64)
    assert stage(project(tmp_path, {"dedupe": "occurrence"})).files[0].dedupe == "occurrence"


def test_equal_content_in_other_files_and_column_orders_has_the_same_id(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("at,event,email\n2024-05-01,x,a@example.org\n")
    (tmp_path / "b.csv").write_text("email,at,event\na@example.org,2024-05-01,x\n")
    assert len(set(rows(stage(project(tmp_path)), "event_id"))) == 1


def test_json_lines_keep_the_object_and_reach_into_it(tmp_path: Path) -> None:
    line = '{"t": 1714557600, "e": "x", "who": {"mail": "A@example.org"}, "items": [{"sku": "s1"}], "extra": null}'
    (tmp_path / "a.jsonl").write_text(line + "\nnot json\n" + '{"t": 1714557600, "e": "x"}\n')
    source = {
        "files": "a.jsonl",
        "columns": {"occurred_at": "t", "event_name": "e", "url": "items[0].sku"},
        "identifiers": {"email": "who.mail"},
    }
    found = rows(stage(project(tmp_path, source)), "line", "reason", "ident", "url", "properties", "raw")
    assert found[0][:4] == (1, None, "a@example.org", "s1")
    assert json.loads(found[0][4]) == json.loads(line)
    assert found[1][:2] == (2, "unreadable_row")
    assert found[2][:2] == (3, "no_identifier")
    assert json.loads(found[2][5]) == {"t": 1714557600, "e": "x"}


@pytest.mark.parametrize(
    ("paths", "document", "count"),
    [
        ("payloads[*].body[*]", {"payloads": [{"body": [{"e": "a"}, {"e": "b"}]}, {"body": {"e": "c"}}]}, 3),
        ("data.rows[*]", {"data": {"rows": [{"e": "a"}, {"e": "b"}]}}, 2),
        ("data.rows[*]", {"other": 1}, 1),
        ("[*]", [{"e": "a"}, {"e": "b"}], 2),
        (["no[*]", "batch[*]"], {"batch": [{"e": "a"}]}, 1),
    ],
)
def test_rows_inside_a_document(tmp_path: Path, paths: object, document: object, count: int) -> None:
    text = json.dumps(document).replace('{"e"', '{"t": "2024-05-01", "m": "a@example.org", "e"')
    (tmp_path / "a.json").write_text(text)
    source = {
        "files": "a.json",
        "rows": paths,
        "columns": {"occurred_at": "t", "event_name": "e"},
        "identifiers": {"email": "m"},
    }
    staged = stage(project(tmp_path, source))
    assert staged.files[0].rows == count
    assert rows(staged, "line") == list(range(1, count + 1))
    good = "other" not in document if isinstance(document, dict) else True
    assert [reason is None for reason in rows(staged, "reason")] == [good] * count


def test_arrays_on_lines_with_a_broken_one(tmp_path: Path) -> None:
    row = '{"t": "2024-05-01", "e": "x", "m": "a@example.org"}'
    (tmp_path / "a.jsonl").write_text(f"[{row}, {row}]\n[broken\n[{row}]\n")
    source = {
        "files": "a.jsonl",
        "rows": "[*]",
        "columns": {"occurred_at": "t", "event_name": "e"},
        "identifiers": {"email": "m"},
    }
    staged = stage(project(tmp_path, source))
    assert rows(staged, "line", "reason") == [(1, None), (2, None), (3, None), (4, "unreadable_row")]
    assert staged.files[0].rows == 4


def test_an_empty_cell_is_no_property(tmp_path: Path) -> None:
    text = 'at,event,email,size,colour\n2024-05-01,x,a@example.org,,red\n2024-05-01,y,a@example.org,"",""\n'
    assert csv(tmp_path, text, "properties") == ['{"colour":"red"}', None]


def test_numbers_that_json_lacks_are_none_or_told_in_words(tmp_path: Path) -> None:
    con = connect()
    con.execute(
        "COPY (SELECT TIMESTAMP '2024-05-02 10:00:00' AS at, 'y' AS event, 'b@example.org' AS email, n, f, '' AS t, "
        "NULL::INTEGER AS gone FROM (VALUES ('nan'::DOUBLE, 'inf'::FLOAT), (1.5, '-inf'), (NULL, 2)) AS v(n, f)) "
        f"TO '{tmp_path / 'b.parquet'}'"
    )
    staged = stage(project(tmp_path, {"files": "b.parquet"}))
    assert rows(staged, "properties") == ['{"f":"inf","t":""}', '{"f":"-inf","n":1.5,"t":""}', '{"f":2.0,"t":""}']


def test_properties_of_a_table(tmp_path: Path) -> None:
    head = "at,event,email,p\n"
    columns = {"occurred_at": "at", "event_name": "event", "properties": "p"}
    found = csv(
        tmp_path,
        head + '2024-05-01,x,a@example.org,"{""a"":1}"\n2024-05-01,x,a@example.org,oops\n',
        "properties",
        columns=columns,
    )
    assert found == ['{"a":1}', '"oops"']
    assert csv(tmp_path, "at,event,email\n2024-05-01,x,a@example.org\n", "properties") == [None]


def test_first_of_several_columns_joined_and_constant(tmp_path: Path) -> None:
    text = "at,event,email,a,b\n2024-05-01,x,a@example.org,,2\n2024-05-01,x,a@example.org,1,2\n"
    columns = {
        "occurred_at": "at",
        "event_name": "event",
        "url": ["a", "b"],
        "event_id": {"join": ["event", "b"], "by": "/"},
        "currency": {"constant": "EUR"},
    }
    assert csv(tmp_path, text, "url", "event_id", "currency", columns=columns) == [
        ("2", "x/2", "EUR"),
        ("1", "x/2", "EUR"),
    ]


def test_channel_and_session_class(tmp_path: Path) -> None:
    text = "at,event,email,ch\n2024-05-01,x,a@example.org,app\n2024-05-01,x,a@example.org,\n"
    columns = {"occurred_at": "at", "event_name": "event", "channel": "ch"}
    assert csv(tmp_path, text, "channel", "session_class", columns=columns) == [("app", "app"), (None, None)]
    assert csv(tmp_path, text, "channel", "session_class", columns=columns, channel="web") == [
        ("app", "app"),
        ("web", "web"),
    ]
    assert csv(tmp_path, text, "session_class", **{"class": "web"}) == ["web", "web"]


def test_database_table_and_query(tmp_path: Path) -> None:
    con = connect(tmp_path / "crm.duckdb")
    con.execute(
        "CREATE TABLE deals AS SELECT TIMESTAMP '2024-05-01 10:00' AS at, 'deal_won' AS event, "
        "'a@example.org' AS email, 5 AS v"
    )
    con.execute("INSERT INTO deals VALUES (NULL, 'x', 'b@example.org', 1)")
    con.close()
    base = {
        "files": [],
        "database": "crm.duckdb",
        "columns": {"occurred_at": "at", "event_name": "event", "value": "v"},
    }
    staged = stage(project(tmp_path, {**base, "table": "deals"}))
    assert rows(staged, "line", "reason", "value") == [(1, None, 5.0), (2, "missing_time", 1.0)]
    assert json.loads(rows(staged, "raw")[1])["email"] == "b@example.org"
    assert staged.files[0].file == "crm.duckdb:deals"
    found = rows(stage(project(tmp_path, {**base, "query": "select * from deals where v > 1;"})), "event_name")
    assert found == ["deal_won"]
    for query in ("select nothing from deals", "delete from deals", "select 1; select 2"):
        with pytest.raises(ConfigError, match=r"quer|SELECT"):
            stage(project(tmp_path, {**base, "query": query}))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "crm.duckdb").write_text("no database" * 1000)
    with pytest.raises(JourneyError, match="can't be opened"):
        stage(project(tmp_path, {"files": [], "database": "crm.duckdb", "table": "deals"}))


def test_rows_keep_their_line_where_every_document_is_one(tmp_path: Path) -> None:
    row = '{"t": "2024-05-01", "e": "x", "m": "a@example.org"}'
    source = {
        "files": "a.jsonl",
        "rows": ["batch[*]", "[*]"],
        "columns": {"occurred_at": "t", "event_name": "e"},
        "identifiers": {"email": "m"},
    }
    (tmp_path / "a.jsonl").write_text(f"{row}\n\nbroken\n{row}\n{{}}\n")
    found = rows(stage(project(tmp_path, source)), "line", "reason", "raw", "ignored")
    assert found == [
        (1, None, None, None),
        (3, "unreadable_row", "broken", None),
        (4, None, None, None),
        (5, None, None, "empty"),
    ]
    # The only batch comes late, behind what a first look sees: then all rows are numbered anew.
    (tmp_path / "a.jsonl").write_text(f"{row}\n" * 1500 + f'{{"batch": [{row}, {row}]}}\n' + '{"batch": []}\n')
    staged = stage(project(tmp_path, source))
    assert rows(staged, "line") == list(range(1, 1504))
    assert staged.files[0].rows == 1503
    assert rows(staged, "ignored")[-1] == "empty"


@pytest.mark.parametrize(
    "later",
    [
        "at,event,email,shop,size,coupon\n2024-05-01T10:00:00Z,x,a@example.org,one,,\n",  # a column more, empty
        "shop,size,at,email,event\none,,2024-05-01T10:00:00Z,a@example.org,x\n",  # in another order
        "at,event,email,shop\n2024-05-01T10:00:00Z,x,a@example.org,one\n",  # an empty column less
    ],
)
def test_a_row_without_an_id_is_the_same_in_an_export_of_another_form(tmp_path: Path, later: str) -> None:
    (tmp_path / "1.csv").write_text("at,event,email,shop,size\n2024-05-01T10:00:00Z,x,a@example.org,one,\n")
    (tmp_path / "2.csv").write_text(later)
    (tmp_path / "3.csv").write_text(later.replace("one", "two"))
    first, second, other = rows(stage(project(tmp_path)), "event_id")
    assert first == second
    assert first != other


def test_a_document_without_an_id_is_the_same_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text('{"at":"2024-05-01","event":"x","email":"a","n":1.5,"s":"é"}\n')
    (tmp_path / "2.json").write_text(
        '[\n  {"at": "2024-05-01", "event": "x", "email": "a", "n": 1.50, "s": "\\u00e9", "coupon": null},\n'
        '  {"at": "2024-05-01", "event": "x", "email": "a", "n": 1.51, "s": "\\u00e9", "coupon": null}\n]\n'
    )
    first, second, other = rows(stage(project(tmp_path, {"files": "*.json*"})), "event_id")
    assert first == second
    assert first != other
