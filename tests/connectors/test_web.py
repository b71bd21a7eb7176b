"""The web connectors on vendors' own samples and on rows written from their documentation."""

import json
from collections import Counter
from pathlib import Path

import pytest

from journey_analytics.ingest.staged import Staged
from tests.connectors.web_rows import EXCERPTS, WEB, ga4, staged
from tests.ingest.staging import rows


def lines(folder: Path, *found: object, name: str = "log.jsonl") -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in found))


def one(found: Staged, *columns: str) -> object:
    (row,) = rows(found, *columns)
    return row


@pytest.mark.parametrize("connector", EXCERPTS)
def test_every_row_of_the_samples_is_an_event_or_told_why_not(tmp_path: Path, connector: str) -> None:
    found = staged(tmp_path, connector, *(str(WEB / name) for name in EXCERPTS[connector]))
    assert not found.warnings
    assert sum(file.rows for file in found.files) == len(rows(found, "line"))
    assert set(rows(found, "reason")) == {None}
    assert set(rows(found, "session_class")) == {"web"}
    assert set(rows(found, "actor")) == {"customer"}
    assert None not in rows(found, "ident")


def test_ga4s_nested_rows(tmp_path: Path) -> None:
    page = ga4("page_view", page_location="https://shop.example/a?b", page_referrer="https://x.example", campaign="may")
    order = ga4("purchase", micros=1_714_557_700_000_000, value=9.5, currency="EUR")
    whole = ga4("purchase", micros=1_714_557_800_000_000, value=12)
    lead = {**ga4("generate_lead", micros=1_714_557_900_000_000), "event_params": [{"z": 1}, {"key": "value"}]}
    start = {**ga4("session_start"), "event_params": None, "user_id": "17"}
    lines(tmp_path, page, order, whole, lead, start, {"event_name": "x"})
    found = staged(tmp_path, "ga4", "log.jsonl")
    first = rows(found, "event_name", "url", "path", "referrer", "utm_source", "utm_campaign", "device", "country")[0]
    assert first == (
        "page_viewed", "https://shop.example/a?b", "/a", "https://x.example", "news", "may", "mobile", "Netherlands",
    )  # fmt: skip
    assert rows(found, "event_name", "value", "currency", "background", "ident_kind", "reason") == [
        ("page_viewed", None, None, False, "ga4.cookie", None),
        ("order_completed", 9.5, "EUR", False, "ga4.cookie", None),
        ("order_completed", 12.0, None, False, "ga4.cookie", None),
        ("lead_created", None, None, False, "ga4.cookie", None),
        ("session_start", None, None, True, "ga4.user_id", None),
        ("x", None, None, False, None, "missing_time"),
    ]
    assert str(rows(found, "occurred_at")[0]) == "2024-05-01 10:00:00"


def test_ga4s_flat_table_with_a_column_twice(tmp_path: Path) -> None:
    found = staged(tmp_path, "ga4", str(WEB / "ga4_event_data.csv"))
    assert rows(found, "event_name", "value", "currency")[0] == ("order_completed", 29.99, "USD")
    assert rows(found, "event_name") == [
        "order_completed", "cart_added", "scroll", "product_viewed", "checkout", "checkout_started",
    ]  # fmt: skip
    assert "param_session_engaged_2" in rows(found, "properties")[0]


def test_snowplows_lines_and_their_json_are_one_event(tmp_path: Path) -> None:
    found = staged(tmp_path, "snowplow", str(WEB / "snowplow_enriched.*"))
    columns = ("event_id", "occurred_at", "event_name", "ident", "other_idents", "url", "country", "received_at")
    assert len(set(map(str, rows(found, *columns)))) == 1
    assert rows(found, "event_name", "ident", "country")[0] == ("page_viewed", "jon.doe@email.com", "US")


def test_snowplow_does_not_quote(tmp_path: Path) -> None:
    cells = (WEB / "snowplow_enriched.tsv").read_text().rstrip("\n").split("\t")
    cells[30] = '"On" Analytics, "quoted'  # the page's title
    struct = [*cells[:53], "shop", "wish", *cells[55:]]
    (tmp_path / "run").write_text("\t".join(cells) + "\n" + "\t".join(struct) + "\n" + "\t".join(cells[:130]) + "\n")
    found = staged(tmp_path, "snowplow", "run")
    assert rows(found, "event_name", "reason", "detail") == [
        ("page_viewed", None, None),
        ("wish", None, None),
        (None, "unreadable_row", "expected 131 cells, found 130"),
    ]
    assert json.loads(rows(found, "properties")[0])["page_title"] == '"On" Analytics, "quoted'


def test_snowplows_ecommerce_actions_and_orders(tmp_path: Path) -> None:
    base = {"event_id": "1", "collector_tstamp": "2024-05-01T10:00:00Z", "domain_userid": "d", "event": "unstruct"}
    action = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1"
    paid = {"contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1": [{"revenue": 40}]}
    lines(
        tmp_path,
        {**base, "event_name": "snowplow_ecommerce_action", action: {"type": "transaction"}, **paid},
        {**base, "event_name": "snowplow_ecommerce_action", action: {"type": "add_to_cart"}},
        {**base, "event": "transaction", "event_name": "transaction", "tr_total": 12.5, "tr_currency": "EUR"},
        {**base, "event": "transaction_item", "event_name": "transaction_item"},
        {**base, "event": "page_ping", "event_name": "page_ping"},
    )
    assert rows(staged(tmp_path, "snowplow", "log.jsonl"), "event_name", "value", "currency", "ignored") == [
        ("order_completed", 40.0, None, None),
        ("cart_added", None, None, None),
        ("order_completed", 12.5, "EUR", None),
        ("transaction_item", None, None, "part of an order"),
        ("page_ping", None, None, None),
    ]


def test_posthogs_api_answers(tmp_path: Path) -> None:
    found = staged(tmp_path, "posthog", str(WEB / "posthog_events.json"))
    by_name = {row[0]: row[1:] for row in rows(found, "event_name", "ignored", "background", "ident_kind")}
    assert by_name["page_viewed"] == (None, False, "posthog.user_id")
    assert by_name["$identify"][0] == "links only"
    assert by_name["$feature_flag_called"][1] is True
    assert by_name["insight viewed"] == (None, False, "posthog.user_id")
    anonymous = {"uuid": "1", "event": "$pageview", "distinct_id": "d1", "timestamp": "2024-05-01T10:00:00Z",
                 "properties": {"$device_id": "d1", "$current_url": "https://a.example/x"}}  # fmt: skip
    known = {**anonymous, "uuid": "2", "distinct_id": "u1", "properties": {"$device_id": "d1", "$user_id": "u1"}}
    (tmp_path / "page.json").write_text(json.dumps({"next": None, "results": [anonymous, known]}))
    assert rows(staged(tmp_path, "posthog", "page.json"), "event_id", "ident", "other_idents") == [
        ("1", "d1", [{"kind": "posthog.device", "value": "d1"}]),
        ("2", "u1", [{"kind": "posthog.cookie", "value": "u1"}, {"kind": "posthog.device", "value": "d1"}]),
    ]


def test_mixpanels_export_and_table(tmp_path: Path) -> None:
    page = {"time": 1714557600, "distinct_id": "$device:d", "$device_id": "d", "$insert_id": "i",
            "mp_country_code": "NL", "$current_url": "https://a.example/x", "utm_source": "news"}  # fmt: skip
    order = {
        "time": 1714557700,
        "distinct_id": "u",
        "$user_id": "u",
        "$device_id": "d",
        "$insert_id": "j",
        "revenue": 5,
    }
    lines(
        tmp_path,
        {"event": "$mp_web_page_view", "properties": page},
        {"event": "$identify", "properties": order},
        {"event": "Order Completed", "properties": order},
    )
    found = staged(tmp_path, "mixpanel", "log.jsonl")
    assert rows(found, "event_name", "ident", "value", "ignored", "utm_source", "country") == [
        ("page_viewed", "$device:d", None, None, "news", "NL"),
        ("$identify", "u", None, "links only", None, None),
        ("order_completed", "u", 5.0, None, None, None),
    ]
    table = staged(tmp_path, "mixpanel", str(WEB / "mixpanel_event.csv"))
    assert len(set(rows(table, "event_id"))) == 3  # two of them share an insert_id
    assert rows(table, "event_name", "ident")[0] == ("plays", "114521")


def test_amplitudes_export_bodies_and_table(tmp_path: Path) -> None:
    row = {"event_time": "2024-05-01 10:00:00.123000", "event_type": "[Amplitude] Page Viewed", "uuid": "1",
           "device_id": "d", "user_id": None, "event_properties": {"[Amplitude] Page URL": "https://a.example/x?y"},
           "user_properties": {"email": "A@example.org"}}  # fmt: skip
    lines(tmp_path, row, {**row, "event_type": "$identify", "uuid": "2"})
    found = staged(tmp_path, "amplitude", "log.jsonl")
    assert rows(found, "event_name", "path", "ident", "ignored") == [
        ("page_viewed", "/x", "a@example.org", None), ("$identify", "/x", "a@example.org", "links only"),
    ]  # fmt: skip
    body = {"api_key": "k", "events": [{"time": 1714557600000, "event_type": "revenue_amount", "insert_id": "5",
                                        "user_id": "u", "event_properties": {"$revenue": 7}}]}  # fmt: skip
    (tmp_path / "body.json").write_text(json.dumps(body))
    assert one(staged(tmp_path, "amplitude", "body.json"), "event_name", "event_id", "value") == (
        "order_completed", "5", 7.0,
    )  # fmt: skip
    table = staged(tmp_path, "amplitude", str(WEB / "amplitude_*.csv"))
    assert [(file.role, file.rows) for file in table.files] == [("events", 3), ("lookup", 2)]


def test_an_access_log(tmp_path: Path) -> None:
    found = staged(tmp_path, "access_log", str(WEB / "access.log"))
    assert found.files[0].dedupe == "occurrence"
    names = Counter(rows(found, "ignored"))
    assert names[None] + names["static asset"] + names["redirect"] + names["no page view"] == 40
    first = rows(found, "event_name", "ident_kind", "ident", "url", "referrer", "occurred_at::VARCHAR")[0]
    assert first == (
        "page_viewed", "access_log.ip", "178.255.215.0", "/blog/site/183.html", None, "2015-05-18 03:05:23",
    )  # fmt: skip


def test_behind_a_proxy_the_first_address_is_the_client(tmp_path: Path) -> None:
    at = '[01/Mar/2024:10:00:01 +0100] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0"'
    (tmp_path / "access.log").write_text(
        f"198.51.100.1, 10.0.0.1 - - {at}\n"
        f"198.51.100.2,10.0.0.1,10.0.0.2 - - {at}\n"
        f"2001:db8::1, 10.0.0.1 10.0.0.9 - - {at}\n"  # the proxy that asked stands after the list
        f"unknown, 198.51.100.3, 10.0.0.1 - - {at}\n"
        f"shop.example:443 198.51.100.4, 10.0.0.1 - - {at}\n"
        f"198.51.100.5, 10.0.0.1 - ann lee {at}\n"
        f"shop.example 198.51.100.6 - - {at}\n"
    )
    found = staged(tmp_path, "access_log", "access.log")
    assert rows(found, "ident", "reason") == [
        ("198.51.100.1", None), ("198.51.100.2", None), ("2001:db8::1", None), ("198.51.100.3", None),
        ("198.51.100.4", None), ("ann lee", None), ("198.51.100.6", None),
    ]  # fmt: skip


def test_variants_of_access_logs(tmp_path: Path) -> None:
    at = "[01/May/2024:12:00:00 +0200]"
    (tmp_path / "access.log").write_text(
        f'192.0.2.1 - - {at} "GET /a?b=c HTTP/1.1" 200 12\n'  # common
        f'192.0.2.1 - - {at} "GET /a?b=c HTTP/1.1" 200 12\n'
        f'shop.example:443 192.0.2.1 - ann lee {at} "GET /x HTTP/2.0" 304 - "-" "-" 0.02 "extra"\n'
        f'2001:db8::1 - ann {at} "GET /i/logo.png?v=1 HTTP/1.1" 200 5 "https://s.example/?q=\\"x\\"" "A \\"b\\""\n'
        f'192.0.2.1 - - {at} "GET /gone HTTP/1.1" 404 5 "-" "Mozilla"\n'
        f'192.0.2.1 - - {at} "GET /old HTTP/1.1" 301 5 "-" "Mozilla"\n'
        f'192.0.2.1 - - {at} "POST /buy HTTP/1.1" 200 5 "-" "Mozilla"\n'
        f'192.0.2.1 - - {at} "\\x16\\x03\\x01" 400 5 "-" "-"\n'
        f'192.0.2.1 - - {at} "-" 408 - "-" "-"\n'
        "garbage\n\n"
    )
    found = staged(tmp_path, "access_log", "access.log")
    assert rows(found, "event_name", "ident", "url", "ignored", "reason") == [
        ("page_viewed", "192.0.2.1", "/a?b=c", None, None),
        ("page_viewed", "192.0.2.1", "/a?b=c", None, None),
        ("page_viewed", "ann lee", "/x", None, None),
        ("page_viewed", "ann", "/i/logo.png?v=1", "static asset", None),
        ("error_shown", "192.0.2.1", "/gone", None, None),
        ("page_viewed", "192.0.2.1", "/old", "redirect", None),
        ("page_viewed", "192.0.2.1", "/buy", "no page view", None),
        ("error_shown", "192.0.2.1", None, "no page view", None),
        ("error_shown", "192.0.2.1", None, "no page view", None),
        (None, None, None, None, "unreadable_row"),
    ]
    assert len(set(rows(found, "event_id")[:2])) == 2
    assert rows(found, "occurred_at::VARCHAR")[0] == "2024-05-01 10:00:00"
    assert rows(found, "referrer", "user_agent")[2:4] == [(None, None), ('https://s.example/?q=\\"x\\"', 'A \\"b\\"')]
    assert rows(found, "detail", "raw")[-1] == ("does not match the pattern", "garbage")
