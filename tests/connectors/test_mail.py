"""The mail connectors on vendors' own samples: what each event becomes, whose act, and every row accounted for."""

import json
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.ingest.staged import Staged
from tests.ingest.staging import project, rows, stage

DATA = Path(__file__).parent.parent / "data" / "vendors"
BARE: dict[str, Any] = {"columns": {}, "identifiers": {}}


def staged(folder: Path, connector: str, *files: Path | str) -> Staged:
    return stage(project(folder, {"name": connector, "connector": connector, "files": [*map(str, files)], **BARE}))


def by_file(found: Staged) -> dict[str, tuple[str, int]]:
    return {Path(file.file).name: (file.role, file.rows) for file in found.files}


def test_mailgun_in_both_forms(tmp_path: Path) -> None:
    found = staged(tmp_path, "mailgun", DATA / "mailgun.anymail.json")
    events = rows(found, "event_name", "actor", "ident", "reason")
    assert len(events) == len(json.loads((DATA / "mailgun.anymail.json").read_text())["payloads"])
    good = {event[:3] for event in events if event[3] is None}
    assert ("email_clicked", "customer", "recipient@example.com") in good
    assert ("email_opened", "company", "recipient@example.com") in good
    assert ("email_bounced", "company", "invalid@example.com") in good
    assert ("failed", "company", "undeliverable@mx.example.com") in good  # temporary: tried again
    assert ("rejected", "company", "recipient@example.org") in good  # "Recipient Name <recipient@example.org>"
    assert ("email_bounced", "company", "noreply@example.com") in good  # legacy
    assert {event[3] for event in events} <= {None, "no_identifier", "unparsable_time", "missing_time"}


def test_mailgun_form_bodies_as_posted(tmp_path: Path) -> None:
    (tmp_path / "posted.txt").write_text(
        "event=opened&recipient=Ann%40Example.org&timestamp=1461261330&user-agent=Mozilla%2F5.0+%28X11%29&token=1\n"
        "event=clicked&recipient=ann%40example.org&timestamp=1461261331&url=https%3A%2F%2Fa.example%2F%3Fa%3D1&token=2\n"
    )
    found = staged(tmp_path, "mailgun", "posted.txt")
    assert rows(found, "line", "event_name", "actor", "ident", "user_agent", "url", "reason") == [
        (1, "email_opened", "company", "ann@example.org", "Mozilla/5.0 (X11)", None, None),
        (2, "email_clicked", "customer", "ann@example.org", None, "https://a.example/?a=1", None),
    ]


def test_postmark(tmp_path: Path) -> None:
    found = rows(
        staged(tmp_path, "postmark", DATA / "postmark.anymail.json"),
        "event_name",
        "actor",
        "ident",
        "reason",
        "ignored",
    )
    assert found == [
        ("email_bounced", "company", "bounce@example.com", None, None),
        ("email_unsubscribed", "customer", None, "missing_time", None),  # this variant has neither time nor address
        ("email_clicked", "customer", "recipient@example.com", None, None),
        ("email_delivered", "company", "recipient@example.com", None, None),
        ("email_opened", "company", "recipient@example.com", None, None),
        ("email_resubscribed", "customer", "john@example.com", None, None),
        ("email_complained", "customer", "spam@example.com", None, None),
        ("email_unsubscribed", "customer", "john@example.com", None, "repeats a bounce or complaint"),
        ("email_unsubscribed", "customer", "john@example.com", None, None),
    ]


def test_ses_gives_one_event_per_recipient(tmp_path: Path) -> None:
    found = staged(tmp_path, "ses", DATA / "ses.anymail.json")
    events = rows(found, "event_name", "ident", "occurred_at::VARCHAR", "reason")
    assert events[0] == ("email_bounced", "jane@example.com", "2016-01-27 14:59:44.101", None)
    assert events[1][:2] == ("email_clicked", "recipient@example.com")
    assert events[2][:2] == ("email_complained", "richard@example.com")
    assert events[3] == ("email_delivered", "jane@example.com", "2016-01-27 14:59:38.237", None)
    assert [event[:2] for event in events[4:6]] == [
        ("email_bounced", "jane@example.com"),
        ("email_bounced", "richard@example.com"),
    ]
    assert events[6] == ("email_opened", "recipient@example.com", "2017-08-09 22:00:19.652", None)
    assert {event[3] for event in events} == {None}
    url, properties = rows(found, "url", "properties")[1]
    assert url == "https://docs.aws.amazon.com/ses/latest/DeveloperGuide/"
    assert json.loads(properties)["click"]["ipAddress"] == "192.0.2.1"


def test_ses_however_it_arrives(tmp_path: Path) -> None:
    event = {
        "eventType": "Send",
        "mail": {"timestamp": "2024-05-01T10:00:00Z", "messageId": "m", "destination": ["a@x.org", "b@x.org"]},
        "send": {},
    }
    sns = {"Type": "Notification", "MessageId": "1", "Message": json.dumps(event)}
    shapes = {
        "firehose.jsonl": event,
        "sns.jsonl": sns,
        "lambda.jsonl": {"Records": [{"EventSource": "aws:sns", "Sns": sns}]},
        "sqs.jsonl": {"Records": [{"messageId": "2", "body": json.dumps(sns)}]},
    }
    for name, shape in shapes.items():
        (tmp_path / name).write_text(json.dumps(shape) + "\n")
    (tmp_path / "confirm.jsonl").write_text(json.dumps({"Type": "SubscriptionConfirmation", "Message": "Click"}) + "\n")
    found = staged(tmp_path, "ses", "*.jsonl")
    expected = [("email_sent", "a@x.org", "2024-05-01 10:00:00"), ("email_sent", "b@x.org", "2024-05-01 10:00:00")]
    kept = [row[:3] for row in rows(found, "event_name", "ident", "occurred_at::VARCHAR", "ignored") if row[3] is None]
    assert kept == expected * 4
    assert rows(found, "ignored").count("SNS itself") == 1


def test_mailchimps_tables_and_webhooks(tmp_path: Path) -> None:
    found = staged(tmp_path, "mailchimp", DATA / "mailchimp" / "*")
    assert found.warnings == []
    files = by_file(found)
    assert files["member.csv"] == ("links", 5)
    assert files["campaign_recipient_activity.csv"] == ("events", 5)
    assert files["automation_recipient.csv"][0] == files["list.csv"][0] == "lookup"
    events = rows(found, "event_name", "actor", "ident_kind", "reason", "utm_campaign", "occurred_at::VARCHAR")
    assert ("email_sent", "company", "mailchimp.member", None, "Release 0.1.1", "2019-11-27 16:59:27") in events
    names = {event[0]: event[1] for event in events if event[3] is None}
    assert names["email_opened"] == "company"
    assert names["email_unsubscribed"] == "customer"
    assert ("email_unsubscribed", "josh@snowplowanalytics.com") in rows(
        found, "event_name", "ident"
    )  # a form inside JSON


def test_klaviyos_tables(tmp_path: Path) -> None:
    for name in ("event.csv", "person.csv", "metric.csv"):
        (tmp_path / name).write_text((DATA / "klaviyo" / name).read_text(encoding="utf-8"), encoding="utf-8")
    found = staged(tmp_path, "klaviyo", "*.csv")
    events = rows(found, "event_name", "actor", "ident_kind", "ignored", "reason", "value")
    assert [event for event in events if event[3] is None] == [
        ("email_delivered", "company", "klaviyo.crm_contact", None, None, 15.0),
        ("email_delivered", "company", "klaviyo.crm_contact", None, None, 20.0),
        *[event for event in events if event[3] is None][2:],
    ]
    assert [event[0] for event in events if event[3] is None].count("order_completed") == 1


def test_klaviyos_api_events(tmp_path: Path) -> None:
    event = {
        "type": "event",
        "id": "e1",
        "attributes": {"datetime": "2024-05-01T10:00:00+00:00", "event_properties": {"URL": "https://a.example/"}},
        "relationships": {"profile": {"data": {"id": "P1"}}, "metric": {"data": {"id": "M1"}}},
    }
    (tmp_path / "metric.csv").write_text("id,name,integration_id,integration_name\nM1,Clicked Email,k,Klaviyo\n")
    (tmp_path / "person.csv").write_text("id,email,phone_number,created\nP1,Ann@example.org,,2024-01-01 00:00:00\n")
    (tmp_path / "page.json").write_text(json.dumps({"data": [event], "links": {}}))
    hook = {"data": [{"topic": "event:klaviyo.opened_email", "payload": {"data": {**event, "id": "e2"}}}]}
    (tmp_path / "hook.jsonl").write_text(json.dumps(hook) + "\n")
    v1 = {"data": [{"id": "e3", "event_name": "Unsubscribed from List", "timestamp": 1714557600, "event_properties": {},
                    "person": {"id": "P1", "$email": "ann@example.org"}}]}  # fmt: skip
    (tmp_path / "old.jsonl").write_text(json.dumps(v1) + "\n")
    found = staged(tmp_path, "klaviyo", "*")
    events = rows(found, "event_id", "event_name", "actor", "ident", "reason", "ignored")
    assert sorted(event[:5] for event in events if event[5] is None) == [
        ("e1", "email_clicked", "customer", "P1", None),
        ("e2", "email_clicked", "customer", "P1", None),  # the metric's name comes before the topic
        ("e3", "email_unsubscribed", "customer", "P1", None),
    ]


def test_marketos_tables(tmp_path: Path) -> None:
    found = staged(tmp_path, "marketo", DATA / "marketo" / "*")
    assert found.warnings == []
    files = by_file(found)
    assert files["marketo_lead_data.csv"] == ("links", 5)
    assert {files[f"marketo_{name}_data.csv"][0] for name in ("campaign", "program", "activity_delete_lead")} == {
        "lookup"
    }
    names = dict(rows(found, "event_name", "actor"))
    assert (
        names["email_sent"] == names["email_delivered"] == names["email_bounced"] == names["email_opened"] == "company"
    )
    assert names["email_clicked"] == names["email_unsubscribed"] == "customer"
    reasons = rows(found, "reason")
    assert reasons.count("no_identifier") == 1  # the webhook's body names nobody
    assert set(reasons) == {None, "no_identifier"}
    assert "other field" in rows(found, "ignored")


def test_marketo_follows_merged_leads_and_reads_a_leads_status(tmp_path: Path) -> None:
    tables = {
        "lead": "id,created_at,email\n1,2024-01-01 00:00:00,ann@example.org\n",
        "activity_merge_leads": 'lead_id,merge_ids,activity_date\n1,"[7,8]",2024-03-01 00:00:00\n',
        "activity_change_data_value": (
            "id,activity_date,lead_id,primary_attribute_value,new_value\n"
            "10,2024-02-01 10:00:00,8,Lead Status,Working\n11,2024-02-02 10:00:00,1,Lead Status,Disqualified\n"
            "12,2024-02-03 10:00:00,1,Revenue Lifecycle Stage,MQL\n13,2024-02-04 10:00:00,1,Phone,5\n"
        ),
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text("\ufeff" + text, encoding="utf-8")
    found = staged(tmp_path, "marketo", "*.csv")
    assert [row for row in rows(found, "event_id", "event_name", "ident", "ignored") if row[3] != "links only"] == [
        ("10", "lead_status_changed", "1", None),
        ("11", "lead_disqualified", "1", None),
        ("12", "lifecycle_stage_changed", "1", None),
        ("13", "Phone", "1", "other field"),
    ]


@pytest.mark.parametrize("connector", ["mailgun", "postmark", "ses"])
def test_a_repeated_post_is_the_same_event(tmp_path: Path, connector: str) -> None:
    payloads = json.loads((DATA / f"{connector}.anymail.json").read_text())["payloads"]
    bodies = [payload["body"] for payload in payloads if payload["body"].get("event-data", {"id": 1}).get("id", 1)]
    bodies = [body.get("sns_envelope", body) for body in bodies]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(body) + "\n" for body in bodies))
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(body) + "\n" for body in reversed(bodies)))
    found = staged(tmp_path, connector, "*.jsonl")
    ids = [row[0] for row in rows(found, "event_id", "reason") if row[1] is None]
    assert ids
    assert all(ids.count(name) % 2 == 0 for name in ids)
