"""Vendors that nobody prepared for: each one YAML file of under 30 lines, written as docs/connectors.md teaches."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ingest.staging import project, rows, stage

MANDRILL = [
    {"event": "open", "ts": 1365109999, "_id": "a", "msg": {"email": "ann+x@example.org"}},
    {"event": "hard_bounce", "ts": 1365110000, "_id": "b", "msg": {"email": "bob@example.org"}},
]
#: Vendor -> connector, the file's text, and what comes out: event, who acted, address, time.
VENDORS: dict[str, tuple[str, str, list[tuple[str, str, str, str]]]] = {
    "sparkpost": (
        """
        rows: "msys.*"
        channel: email
        actor: company
        columns: {occurred_at: timestamp, event_name: type, event_id: event_id, url: target_link_url}
        identifiers: {email: rcpt_to}
        events:
          delivery: email_delivered
          open: email_opened
          click: {event: email_clicked, actor: customer}
        """,
        json.dumps(
            [
                {"msys": {"message_event": {"type": "delivery", "rcpt_to": "a@x.org", "timestamp": "1454442600"}}},
                {"msys": {"track_event": {"type": "click", "rcpt_to": "a@x.org", "timestamp": "1454442601"}}},
            ]
        ),
        [
            ("email_delivered", "company", "a@x.org", "2016-02-02 19:50:00"),
            ("email_clicked", "customer", "a@x.org", "2016-02-02 19:50:01"),
        ],
    ),
    "mandrill": (
        """
        format: form
        rows: "mandrill_events[*]"
        columns: {occurred_at: ts, event_name: event}
        identifiers: {email: msg.email}
        events: {open: email_opened, "*bounce": email_bounced}
        """,
        urlencode({"mandrill_events": json.dumps(MANDRILL)}) + "\n" + urlencode({"mandrill_events": "[]"}) + "\n",
        [
            ("email_opened", "company", "ann+x@example.org", "2013-04-04 21:13:19"),
            ("email_bounced", "company", "bob@example.org", "2013-04-04 21:13:20"),
        ],
    ),
    "resend": (
        """
        rows: "data.to[*]"
        columns: {occurred_at: $.created_at, event_name: $.type, event_id: {join: [^.email_id, $.type, .]}}
        identifiers: {email: .}
        events: {email.opened: email_opened, email.clicked: {event: email_clicked, actor: customer}}
        """,
        json.dumps(
            {
                "type": "email.clicked",
                "created_at": "2024-02-03T10:00:00Z",
                "data": {"email_id": "1", "to": ["Ann <A@x.org>", "b@x.org"]},
            }
        ),
        [
            ("email_clicked", "customer", "a@x.org", "2024-02-03 10:00:00"),
            ("email_clicked", "customer", "b@x.org", "2024-02-03 10:00:00"),
        ],
    ),
    "activecampaign": (
        """
        columns: {occurred_at: date_time, event_name: type, url: link.url}
        identifiers: {email: contact.email}
        events: {open: email_opened, click: {event: email_clicked, actor: customer}}
        """,
        "type=click&date_time=2024-05-01T10%3A00%3A00-05%3A00&contact%5Bemail%5D=ann%40x.org&link%5Burl%5D=https%3A%2F%2Fa\n"
        "type=open&date_time=Thu%2C+02+May+2024+10%3A00%3A00+GMT&contact[email]=ann%40x.org\n",
        [
            ("email_clicked", "customer", "ann@x.org", "2024-05-01 15:00:00"),
            ("email_opened", "company", "ann@x.org", "2024-05-02 10:00:00"),
        ],
    ),
    "customerio": (
        """
        columns: {occurred_at: timestamp, event_name: metric, event_id: event_id, url: data.href}
        identifiers: {user_id: data.identifiers.id, email: [data.recipient, data.identifiers.email]}
        events: {clicked: {event: email_clicked, actor: customer}}
        """,
        json.dumps({"metric": "clicked", "timestamp": 1714557600, "data": {"recipient": "ann@x.org"}}),
        [("email_clicked", "customer", "ann@x.org", "2024-05-01 10:00:00")],
    ),
    "invented": (
        """
        rows: "batches[*].items[*].what[*]"
        columns: {occurred_at: at, event_name: kind}
        identifiers: {email: ^.envelope.rcpt, account: ^.^.tenant, crm_contact: $.owner.id}
        events:
          opened: email_opened
          clicked: {event: email_clicked, actor: customer}
        """,
        json.dumps(
            {
                "owner": {"id": 7},
                "batches": [
                    {
                        "tenant": "t",
                        "items": [
                            {
                                "envelope": {"rcpt": ["<Ann@x.org>"]},
                                "what": [
                                    {"kind": "OPENED", "at": "1714557600123"},
                                    {"kind": "Clicked", "at": "1714557601123"},
                                ],
                            }
                        ],
                    }
                ],
            }
        ),
        [
            ("email_opened", "company", "7", "2024-05-01 10:00:00.123"),
            ("email_clicked", "customer", "7", "2024-05-01 10:00:01.123"),
        ],
    ),
    "words": (
        """
        rows: "actions[*]"
        columns: {occurred_at: ^.when, event_name: .}
        identifiers: {email: ^.mail.to}
        time_format: ["%d/%m/%Y %H:%M", "%d/%m/%Y"]
        events: {opened: email_opened}
        """,
        json.dumps({"when": "01/05/2024 10:00", "mail": json.dumps({"to": "ann@x.org"}), "actions": ["OPENED"]}),
        [("email_opened", "company", "ann@x.org", "2024-05-01 10:00:00")],
    ),
    "wide": (
        """
        columns: {event_id: id}
        identifiers: {email: message.to}
        events:
          - {event: email_delivered, at: status.DELIVERED}
          - {event: email_clicked, at: status.CLICKED, actor: customer}
        """,
        json.dumps(
            {
                "id": 1,
                "message": {"to": "ann@x.org"},
                "status": {"DELIVERED": "1714557600000", "CLICKED": "1714557660000"},
            }
        ),
        [
            ("email_delivered", "company", "ann@x.org", "2024-05-01 10:00:00"),
            ("email_clicked", "customer", "ann@x.org", "2024-05-01 10:01:00"),
        ],
    ),
}


def stage_vendor(folder: Path, vendor: str, body: bytes) -> Any:
    connector = "\n".join(line[8:] for line in VENDORS[vendor][0].strip("\n").splitlines())
    (folder / f"{vendor}.yaml").write_text(connector)
    (folder / "posted.log").write_bytes(body)
    source = {"name": vendor, "connector": f"{vendor}.yaml", "files": "posted.log", "columns": {}, "identifiers": {}}
    return stage(project(folder, source))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_is_one_short_file(tmp_path: Path, vendor: str) -> None:
    connector, body, expected = VENDORS[vendor]
    assert len(connector.strip().splitlines()) < 30
    found = stage_vendor(tmp_path, vendor, body.encode())
    told = rows(found, "event_name", "actor", "ident", "occurred_at::VARCHAR", "ignored")
    assert [row[:4] for row in told if row[4] is None] == expected
    assert {row[4] for row in told} <= {None, "empty"}
    assert set(rows(found, "reason")) == {None}
