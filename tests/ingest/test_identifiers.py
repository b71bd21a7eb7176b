"""Identifiers as staged: normal forms, junk, strength, names of kinds."""

from pathlib import Path
from typing import Any

import pytest

from journey_analytics.engine.duck import connect
from tests.ingest.staging import csv, project, rows, stage


def idents(folder: Path, header: str, line: str, identifiers: dict[str, Any], **source: Any) -> tuple[Any, ...]:
    text = f"at,event,{header}\n2024-05-01,x,{line}\n"
    found = csv(
        folder, text, "ident_kind", "ident", "other_idents", "account_id", "reason", identifiers=identifiers, **source
    )
    return tuple(found[0])


def test_an_email_is_trimmed_and_lower_cased(tmp_path: Path) -> None:
    assert idents(tmp_path, "e", '"  Ann@Example.ORG "', {"email": "e"})[:2] == ("email", "ann@example.org")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Tim O'Neil <O'Neil@corp.example>", "o'neil@corp.example"),
        ("""["o'neil@corp.example"]""", "o'neil@corp.example"),
        ("['ann@example.org', 'bob@example.org']", "ann@example.org"),
        ("o'neil@corp.example, d@corp.example", "o'neil@corp.example"),
        ("o'neil@corp.example", "o'neil@corp.example"),
        ("info@shop.example via Desk <kim@corp.example>", "kim@corp.example"),
        ("ann@example.org, Bob <bob@example.org>", "ann@example.org"),
        ("ann@example.org;bob@example.org", "ann@example.org"),
        ("mailto:Ann@example.org", "ann@example.org"),
        ("ann@example.org.", "ann@example.org"),
        ("ann@example.org\t", "ann@example.org"),
        ("ann@example.org\u200b", "ann@example.org"),
        ("j\u00f6rg@example.org", "j\u00f6rg@example.org"),
        ("0f3c9a", "0f3c9a"),  # a hash of an address
    ],
)
def test_an_email_is_the_first_address(tmp_path: Path, written: str, normal: str) -> None:
    quoted = '"' + written.replace('"', '""') + '"'
    assert idents(tmp_path, "e", quoted, {"email": "e"})[:2] == ("email", normal)


@pytest.mark.parametrize(
    "junk",
    [
        *("NaN", "false", "[]", "{}", "\\N", "(not set)", "#N/A", "0.0", "0000000000000000"),
        "00000000-0000-0000-0000-000000000000",
        "00000000000000000000000000000000",
    ],
)
def test_what_programs_write_for_nothing_is_no_identifier(tmp_path: Path, junk: str) -> None:
    assert idents(tmp_path, "u", junk, {"user_id": "u"})[4] == "no_identifier"
    assert idents(tmp_path, "u", f"{junk}1", {"user_id": "u"})[4] is None


def test_words_are_no_address(tmp_path: Path) -> None:
    assert idents(tmp_path, "e", "no email", {"email": "e"})[4] == "no_identifier"


@pytest.mark.parametrize("junk", ["undefined", "0", "", "NaN", "{}"])
def test_of_several_columns_the_first_that_is_no_junk_counts(tmp_path: Path, junk: str) -> None:
    kinds: dict[str, Any] = {"user_id": ["a", "b"], "email": ["c", "d"]}
    found = idents(tmp_path, "a,b,c,d", f"{junk},u7,n/a,Ann@example.org", kinds)
    assert found[:3] == ("shop.user_id", "u7", [{"kind": "email", "value": "ann@example.org"}])
    assert idents(tmp_path, "a,b,c,d", f"u1,u7,{junk},", kinds)[:3] == ("shop.user_id", "u1", None)


@pytest.mark.parametrize(
    ("written", "country", "normal"),
    [
        ("+31 6 1234 5678", None, "31612345678"),
        ("0031-6-12345678", None, "31612345678"),
        ("06 12345678", "31", "31612345678"),
        ("06 12345678", None, "0612345678"),
        ("+31 (0)6 12345678", "31", "31612345678"),
        ("+44 20 7946 0000", "31", "442079460000"),
    ],
)
def test_a_phone_is_digits_with_country_code(tmp_path: Path, written: str, country: str | None, normal: str) -> None:
    options = {} if country is None else {"phone_country": country}
    assert idents(tmp_path, "p", written, {"phone": "p"}, options=options)[:2] == ("phone", normal)


@pytest.mark.parametrize(
    ("written", "normal"), [("1001.0", "1001"), ("1001.00", "1001.00"), ("v1.0", "v1.0"), ("1.0.0", "1.0.0")]
)
def test_a_whole_number_held_as_a_float_is_that_number(tmp_path: Path, written: str, normal: str) -> None:
    text = f"at,event,user\n2024-05-01,x,{written}\n"
    assert csv(tmp_path, text, "ident", identifiers={"user_id": "user"}) == [normal]


def test_numbers_of_a_column_with_gaps_are_the_same_ids(tmp_path: Path) -> None:
    con = connect()
    con.execute(
        "COPY (SELECT TIMESTAMP '2024-05-02 10:00:00' AS at, 'y' AS event, n AS user, 491761234567::DOUBLE AS phone "
        f"FROM (VALUES (1001::DOUBLE), (NULL), ('nan')) AS v(n)) TO '{tmp_path / 'b.parquet'}'"
    )
    source = {"files": "b.parquet", "identifiers": {"user_id": "user", "phone": "phone"}}
    found = rows(stage(project(tmp_path, source)), "ident_kind", "ident", "other_idents[1].value")
    assert found == [("shop.user_id", "1001", "491761234567"), *[("phone", "491761234567", None)] * 2]


def test_other_kinds_belong_to_their_source_unless_shared(tmp_path: Path) -> None:
    assert idents(tmp_path, "u", " 17 ", {"user_id": "u"})[:2] == ("shop.user_id", "17")
    shared = {"identity": {"shared": ["user_id"]}}
    assert idents(tmp_path, "u", "17", {"user_id": "u"}, **shared)[:2] == ("user_id", "17")


def test_strongest_first_then_the_order_of_the_source(tmp_path: Path) -> None:
    kinds = {"cookie": "c", "phone": "p", "email": "e", "user_id": "u"}
    found = idents(tmp_path, "c,p,e,u", "c1,+31612345678,a@example.org,17", kinds)
    assert found[:2] == ("shop.user_id", "17")
    assert found[2] == [
        {"kind": "phone", "value": "31612345678"},
        {"kind": "email", "value": "a@example.org"},
        {"kind": "shop.cookie", "value": "c1"},
    ]
    assert idents(tmp_path, "c,p,e,u", "c1,,a@example.org,", kinds)[:3] == (
        "email",
        "a@example.org",
        [{"kind": "shop.cookie", "value": "c1"}],
    )
    assert idents(tmp_path, "c,p,e,u", "c1,,,", kinds)[:3] == ("shop.cookie", "c1", None)


def test_strength_is_judged_on_the_bare_and_the_written_kind(tmp_path: Path) -> None:
    kinds = {"email": "e", "card": "c"}
    assert idents(tmp_path, "e,c", "a@example.org,9", kinds)[0] == "email"
    for unique in ("card", "shop.card"):
        assert idents(tmp_path, "e,c", "a@example.org,9", kinds, identity={"unique": [unique]})[0] == "shop.card"
    assert idents(tmp_path, "e,c", "a@example.org,9", kinds, identity={"unique": ["web.card"]})[0] == "email"


@pytest.mark.parametrize(
    "junk",
    [
        "null",
        "UNDEFINED",
        "None",
        "nil",
        "Anonymous",
        "unknown",
        "n/a",
        "0",
        "-",
        " ",
        "00000000-0000-0000-0000-000000000000",
    ],
)
def test_junk_is_as_an_empty_cell(tmp_path: Path, junk: str) -> None:
    found = idents(tmp_path, "u,c", f"{junk},c1", {"user_id": "u", "cookie": "c"})
    assert found[:3] == ("shop.cookie", "c1", None)
    assert idents(tmp_path, "u", junk, {"user_id": "u"})[4] == "no_identifier"


def test_ignored_globs_meet_the_normal_form(tmp_path: Path) -> None:
    ignore = {"identity": {"ignore": ["test@*", "robot_?"]}}
    assert idents(tmp_path, "e", "TEST@example.org", {"email": "e"}, **ignore)[4] == "no_identifier"
    assert idents(tmp_path, "e", "robotx1", {"email": "e"}, **ignore)[4] is None
    assert idents(tmp_path, "e", "robot_1", {"email": "e"}, **ignore)[4] == "no_identifier"
    assert idents(tmp_path, "e", "latest@example.org", {"email": "e"}, **ignore)[4] is None


def test_an_account_groups_and_identifies_nobody(tmp_path: Path) -> None:
    found = idents(tmp_path, "a,e", "acme,a@example.org", {"account": "a", "email": "e"})
    assert found == ("email", "a@example.org", None, "acme", None)
    assert idents(tmp_path, "a", "acme", {"account": "a"})[3:] == ("acme", "no_identifier")


def test_an_ip_carries_events_only_where_nothing_else_does(tmp_path: Path) -> None:
    kinds = {"ip": "i", "cookie": "c"}
    assert idents(tmp_path, "i,c", "203.0.113.9,c1", kinds)[:3] == ("shop.cookie", "c1", None)
    assert idents(tmp_path, "i,c", "203.0.113.9,", kinds)[:3] == ("shop.ip", "203.0.113.9", None)
