"""The shipped connectors on vendors' own samples and on small hand-made tables with the documented names."""

import json
from pathlib import Path
from typing import Any

from journey_analytics.ingest.staged import Staged
from tests.ingest.staging import project, rows, stage

DATA = Path(__file__).parent.parent / "data" / "vendors"
BARE: dict[str, Any] = {"columns": {}, "identifiers": {}}


def staged(folder: Path, connector: str, *files: str, **source: Any) -> Staged:
    return stage(project(folder, {"name": connector, "connector": connector, "files": list(files), **BARE, **source}))


def write(folder: Path, **tables: str) -> None:
    for name, text in tables.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def test_sendgrids_samples(tmp_path: Path) -> None:
    found = staged(tmp_path, "sendgrid", str(DATA / "sendgrid.*.json"))
    assert [file.rows for file in found.files] == [6, 11]
    assert set(rows(found, "reason")) == set(rows(found, "ignored")) == {None}
    assert set(rows(found, "ident_kind")) == {"email"}
    by_name = dict(rows(found, "event_name", "actor"))
    assert by_name["email_sent"] == by_name["email_delivered"] == by_name["email_bounced"] == "company"
    assert by_name["email_clicked"] == by_name["email_unsubscribed"] == "customer"
    assert by_name["deferred"] == "company"  # none of our words: it keeps its own name
    assert by_name["email_opened"] == "company"  # an open can not be told from a fetched picture: background


def test_sendgrids_bodies_as_posted_and_machine_opens(tmp_path: Path) -> None:
    event = {"email": "A@example.org", "timestamp": 1461095250, "event": "open", "sg_event_id": "1"}
    machine = {**event, "sg_event_id": "2", "sg_machine_open": True}
    (tmp_path / "a.json").write_text(json.dumps([event, machine]))
    (tmp_path / "b.jsonl").write_text(json.dumps([event]) + "\n" + json.dumps([machine]) + "\n")
    found = staged(tmp_path, "sendgrid", "*.json*")
    assert (
        rows(found, "event_id", "actor", "ident")
        == [("1", "company", "a@example.org"), ("2", "machine", "a@example.org")] * 2
    )


def test_segments_warehouse_sample(tmp_path: Path) -> None:
    cookie = [{"kind": "segment.cookie", "value": "507f191e810c19729de860ea"}]
    found = staged(tmp_path, "segment", str(DATA / "example_segment_pages.csv"))
    columns = (
        "event_name",
        "actor",
        "ident_kind",
        "ident",
        "other_idents",
        "url",
        "referrer",
        "utm_source",
        "session_class",
        "reason",
    )
    assert rows(found, *columns) == [
        (
            "page_viewed", "customer", "segment.user_id", "97980cfea0067", cookie,
            "https://www.getdbt.com/", "https://www.google.com/", "facebook", "web", None,
        )
    ]  # fmt: skip


def test_segments_calls(tmp_path: Path) -> None:
    base = {"timestamp": "2024-05-01T10:00:00.000Z", "anonymousId": "c1"}
    calls = [
        {
            **base,
            "type": "page",
            "messageId": "1",
            "context": {"page": {"url": "https://shop.example/a?b"}, "ip": "203.0.113.1"},
        },
        {
            **base,
            "type": "track",
            "messageId": "2",
            "event": "Order Completed",
            "userId": "17",
            "properties": {"revenue": 9.5, "currency": "EUR"},
        },
        {
            **base,
            "type": "track",
            "messageId": "3",
            "event": "Coupon Denied",
            "userId": "17",
            "properties": {"score": 4},
        },
        {**base, "type": "identify", "messageId": "4", "userId": "17", "traits": {"email": "A@example.org"}},
        {"type": "track", "messageId": "5", "event": "x", "anonymousId": "c1"},
    ]
    (tmp_path / "calls.jsonl").write_text("".join(json.dumps(call) + "\n" for call in calls))
    found = rows(
        staged(tmp_path, "segment", "calls.jsonl"),
        "event_name",
        "ident",
        "value",
        "path",
        "ignored",
        "reason",
        "properties",
    )
    assert [row[:6] for row in found] == [
        ("page_viewed", "c1", None, "/a", None, None),
        ("order_completed", "17", 9.5, None, None, None),
        ("Coupon Denied", "17", None, None, None, None),
        ("identify", "17", None, None, "links only", None),
        ("x", "c1", None, None, None, "missing_time"),
    ]
    assert json.loads(found[2][6]) == {"score": 4}


def test_hubspots_samples_are_accounted_for(tmp_path: Path) -> None:
    found = staged(tmp_path, "hubspot", str(DATA / "hubspot" / "*"))
    assert found.warnings == []
    for file in found.files:
        text = DATA / "hubspot" / Path(file.file).name
        if text.suffix == ".csv":
            assert file.rows == len(text.read_text(encoding="utf-8").splitlines()) - 1, file.file
    roles = {Path(file.file).stem: file.role for file in found.files}
    assert roles["contact_data"] == "links"
    assert roles["owner_data"] == roles["deal_contact_data"] == "lookup"
    assert roles["deal_property_history_data"] == "events"
    assert set(rows(found, "ignored")) == {None, "other property", "links only", "no person"}
    assert set(rows(found, "reason")) <= {None, "no_identifier", "impossible_year"}


HUBSPOT = {
    "contact": """
        id,property_email,property_associatedcompanyid,property_createdate
        101,Ann@example.org,9,2024-01-01 10:00:00
        102,bob@example.org,9,2024-01-01 10:00:00""",
    "contact_property_history": """
        contact_id,name,value,timestamp,_fivetran_synced
        101,lifecyclestage,lead,2024-01-01 10:00:00.001,2024-01-02 00:00:00
        101,lifecyclestage,customer,2024-03-01 10:00:00,2024-03-02 00:00:00
        101,hs_lead_status,UNQUALIFIED,2024-04-01 10:00:00,2024-04-02 00:00:00
        101,firstname,Ann,2024-01-01 10:00:00,2024-01-02 00:00:00
        77,lifecyclestage,lead,2023-12-01 10:00:00,2024-01-02 00:00:00""",
    "contact_merge_audit": """
        canonical_vid,vid_to_merge,timestamp
        101,77,2024-01-05 00:00:00""",
    "deal_property_history": """
        deal_id,name,value,timestamp
        1,createdate,1704103200000,2024-01-01 10:00:00
        1,dealstage,s1,2024-01-05 10:00:00
        1,dealstage,s9,2024-02-05 10:00:00
        1,amount,500,2024-02-01 10:00:00
        2,dealstage,s8,2024-02-06 10:00:00
        3,dealstage,s1,2024-02-07 10:00:00""",
    "deal": """
        deal_id,property_amount,property_deal_currency_code
        1,500,EUR""",
    "deal_contact": """
        deal_id,contact_id,type_id
        1,102,3
        1,101,4
        1,101,3""",
    "deal_company": """
        deal_id,company_id
        1,9
        2,8""",
    "deal_pipeline_stage": """
        stage_id,label,closed_won,is_closed
        s1,Talk,FALSE,FALSE
        s8,Lost,FALSE,TRUE
        s9,Won,TRUE,TRUE""",
    "email_event": """
        id,created,type,recipient,filtered_event,email_campaign_id
        e1,2024-01-01 10:00:00,CLICK,ann@example.org,false,5
        e2,2024-01-01 10:01:00,OPEN,ann@example.org,true,5
        e3,2024-01-01 10:02:00,OPEN,ann@example.org,false,5
        e4,2024-01-01 10:03:00,STATUSCHANGE,ann@example.org,,
        e5,2024-01-01 10:04:00,DROPPED,ann@example.org,,""",
    "email_event_click": """
        id,url,user_agent
        e1,https://shop.example/offer,Mozilla""",
    "email_event_status_change": """
        id,portal_subscription_status
        e4,UNSUBSCRIBED""",
    "email_campaign": """
        id,name
        5,Spring""",
}


def of_table(found: Staged, table: str, *columns: str) -> list[Any]:
    only = [file for file in found.files if file.file == f"{table}.csv"]
    return rows(Staged(found.folder, only), *columns)


def test_hubspots_contacts_deals_and_emails(tmp_path: Path) -> None:
    write(tmp_path, **HUBSPOT)
    found = staged(tmp_path, "hubspot", "*.csv")
    assert of_table(found, "contact_property_history", "event_name", "ident", "account_id", "ignored") == [
        ("lead_created", "101", "9", None),
        ("lifecycle_stage_changed", "101", "9", None),
        ("lead_disqualified", "101", "9", None),
        ("firstname", "101", "9", "other property"),
        ("lead_created", "101", None, None),  # merged into 101
    ]
    deals = of_table(
        found,
        "deal_property_history",
        "line",
        "part",
        "event_name",
        "ident",
        "background",
        "value",
        "account_id",
        "ignored",
    )
    assert deals == [
        (2, 0, "deal_created", "101", False, None, "9", None),
        (2, 1, "deal_created", "102", True, None, "9", None),
        (3, 0, "deal_stage_changed", "101", False, None, "9", None),
        (3, 1, "deal_stage_changed", "102", True, None, "9", None),
        (4, 0, "deal_won", "101", False, 500.0, "9", None),
        (4, 1, "deal_won", "102", True, 500.0, "9", None),
        (5, 0, "amount", "101", False, None, "9", "other property"),
        (5, 1, "amount", "102", True, None, "9", "other property"),
        (6, 0, "deal_lost", "8", False, None, "8", None),
        (7, 0, "deal_stage_changed", None, False, None, None, None),
    ]
    assert of_table(found, "deal_property_history", "ident_kind", "reason")[-2:] == [
        ("hubspot.account_standin", None),
        (None, "no_identifier"),
    ]
    ids = of_table(found, "deal_property_history", "event_id")
    assert ids[:2] == ["1:createdate:2024-01-01 10:00:00", "1:createdate:2024-01-01 10:00:00@102"]
    assert len(set(ids)) == len(ids)
    assert of_table(found, "deal_property_history", "other_idents")[0] == [
        {"kind": "email", "value": "ann@example.org"}
    ]
    assert json.loads(of_table(found, "deal_property_history", "properties")[4])["stage_label"] == "Won"
    assert of_table(found, "email_event", "event_name", "actor", "url", "utm_campaign", "channel") == [
        ("email_clicked", "customer", "https://shop.example/offer", "Spring", "email"),
        ("email_opened", "machine", None, "Spring", "email"),
        ("email_opened", "company", None, "Spring", "email"),
        ("email_unsubscribed", "customer", None, None, "email"),
        ("DROPPED", "company", None, None, "email"),
    ]
    assert of_table(found, "contact", "ignored", "ident", "other_idents")[0] == (
        "links only", "101", [{"kind": "email", "value": "ann@example.org"}],
    )  # fmt: skip


def test_a_changed_lookup_stages_again_what_looks_into_it(tmp_path: Path) -> None:
    write(tmp_path, **HUBSPOT)
    staged(tmp_path, "hubspot", "*.csv")
    write(tmp_path, email_campaign="id,name\n5,Summer")
    found = staged(tmp_path, "hubspot", "*.csv")
    assert found.read == 2  # the lookup itself and email_event
    assert of_table(found, "email_event", "utm_campaign")[0] == "Summer"


def test_a_table_that_the_connector_does_not_know_is_told(tmp_path: Path) -> None:
    write(tmp_path, **{**HUBSPOT, "gossip": "a,b\n1,2"})
    found = staged(tmp_path, "hubspot", "*.csv")
    assert any("gossip.csv" in warning for warning in found.warnings)
    assert next(file for file in found.files if file.file == "gossip.csv").role == "lookup"
