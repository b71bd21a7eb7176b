"""A path's step that picks an array's element by key, in JSON, in text cells, with names that need quotes."""

import json
from pathlib import Path
from typing import Any

import duckdb

from journey_analytics.ingest.picks import json_path, value_sql
from tests.ingest.staging import project, rows, stage

ROW = {
    "at": "2024-05-01T10:00:00Z",
    "p": {"list": [{"k": "a"}, {"no": 1}, {"k": "u", "v": {"s": "x", "n": 2}}, {"k": "u", "v": {"s": "second"}}]},
    "q": [{"k": "x.y", "v": [{"k": "z", "v": 7}]}],
    'a.b"c': 1,
    "a.b": {"[c] d": "quoted"},
}


def test_paths() -> None:
    con = duckdb.connect()

    def at(path: str, row: Any = ROW) -> Any:
        return con.execute(f"SELECT {value_sql('$1', path)}", [json.dumps(row)]).fetchall()[0][0]

    assert at("p.list[k=u].v.s") == "x"
    assert at("p.list[k=u].v.n") == "2"
    assert json.loads(at("p.list[k=a]")) == {"k": "a"}
    assert at("p.list[k=none].v") is at("at[k=u].v") is at("absent[k=u]") is None
    assert at("q[k=x.y].v[k=z].v") == "7"
    assert at("[k=u].v", [{"k": "u", "v": 3}]) == "3"
    assert at('"a.b"."[c] d"') == "quoted"
    assert json_path('a."b.c"[0].d') == '$."a"."b.c"[0]."d"'
    con.close()


def test_picked_fields_of_json_and_of_a_text_cell(tmp_path: Path) -> None:
    columns = {
        "occurred_at": "at",
        "event_name": "p.list[k=u].v.s",
        "value": "p.list[k=u].v.n",
        "url": "q[k=x.y].v[k=z].v",
    }
    shop = {"columns": columns, "identifiers": {"email": ["p.list[k=mail].v", "p.list[k=a].k"]}}
    (tmp_path / "a.jsonl").write_text(json.dumps(ROW) + "\n" + json.dumps({**ROW, "p": 3}) + "\n")
    wanted = [("x", 2.0, "7", "a", None), (None, None, "7", None, "missing_event_name")]
    told = ("event_name", "value", "url", "ident", "reason")
    assert rows(stage(project(tmp_path, {**shop, "files": "a.jsonl"})), *told) == wanted
    cells = [json.dumps(ROW[name]).replace('"', '""') for name in ("p", "q")]
    (tmp_path / "a.csv").write_text(f'at,p,q\n{ROW["at"]},"{cells[0]}","{cells[1]}"\n{ROW["at"]},3,"{cells[1]}"\n')
    assert rows(stage(project(tmp_path, {**shop, "files": "a.csv"})), *told) == wanted


def test_picked_fields_around_the_row_and_inside_texts(tmp_path: Path) -> None:
    tags = [{"k": "mail", "v": {"a": "Ann@x.org"}}, {"k": "name", "v": {"a": "said"}}]
    rows_in = {"a.b": [{"at": ROW["at"], "own": json.dumps(tags)}, {"at": ROW["at"], "own": tags}]}
    document = {"tags": tags, "text": json.dumps({"tags": tags}), "deep": json.dumps(rows_in)}
    (tmp_path / "a.jsonl").write_text(json.dumps(document) + "\n")
    shop = {
        "rows": 'deep."a.b"[*]',
        "columns": {
            "occurred_at": "at",
            "event_name": "own[k=name].v.a",
            "url": "$.text.tags[k=name].v.a",
            "referrer": "^.^.tags[k=name].v.a",
        },
        "identifiers": {"email": "$.tags[k=mail].v.a"},
        "files": "a.jsonl",
    }
    told = ("event_name", "url", "referrer", "ident")
    assert rows(stage(project(tmp_path, shop)), *told) == [("said", "said", "said", "ann@x.org")] * 2


def test_a_picked_time_in_epoch_seconds(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"p": [{"k": "at", "v": 1714557600}], "mail": "a@x.org"}) + "\n")
    shop = {"columns": {"occurred_at": "p[k=at].v"}, "identifiers": {"email": "mail"}, "event": "seen"}
    staged = rows(stage(project(tmp_path, {**shop, "files": "a.jsonl"})), "occurred_at", "reason")
    assert [(str(at), reason) for at, reason in staged] == [("2024-05-01 10:00:00", None)]
