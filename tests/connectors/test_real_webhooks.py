"""Webhooks of vendors that we ship no connector for, shaped as their documentation shows them: one short file each."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ingest.staging import project, rows, stage

UA = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36"
MAILJET = {
    "email": "api@example.org",
    "mj_campaign_id": 7276,
    "mj_contact_id": 126,
    "customcampaign": "spring",
    "mj_message_id": "19421777396190490",
    "CustomID": "helloworld",
    "Payload": "",
}
POSTAL = {"id": 12345, "token": "abc", "direction": "outgoing", "to": "test@example.org", "from": "sales@shop.example"}
MAILERSEND = {
    "object": "email",
    "id": "62f114f8165fe0d8db0288e3",
    "from": "hello@shop.example",
    "status": "delivered",
    "tags": ["spring"],
    "recipient": {"object": "recipient", "id": "62f114f7165fe0d8db0288e2", "email": "test@example.org"},
}


def mailersend(kind: str, morph: Any) -> dict[str, Any]:
    activity = {"object": "activity", "id": kind, "type": kind, "email": MAILERSEND, "morph": morph}
    at = "2024-05-01T10:00:00.000000Z"
    return {"type": f"activity.{kind}", "created_at": at, "url": "https://hook.example", "data": activity}


def braze(kind: str, number: int, **properties: Any) -> dict[str, Any]:
    user = {"user_id": "5d5f", "external_user_id": "u-7", "timezone": "America/Chicago"}
    return {"event_type": kind, "id": f"e{number}", "time": 1714557600 + number, "user": user, "properties": properties}


#: Vendor -> connector, posted bodies, and what comes out: event, who acted, identifier, UTC time, url.
VENDORS: dict[str, tuple[str, list[Any], list[tuple[str | None, ...]]]] = {
    "brevo": (
        """
        channel: email
        actor: company
        columns:
          occurred_at: [ts_event, ts]
          event_name: event
          event_id: {join: [message-id, event, [ts_event, ts], [link, email]]}
          url: link
          user_agent: user_agent
          utm_campaign: "tags[0]"
        identifiers: {email: email}
        events:
          request: email_sent
          delivered: email_delivered
          opened: email_opened
          unique_opened: {ignore: repeats opened}
          "*proxy_open": {event: email_opened, actor: machine}
          click: {event: email_clicked, actor: customer}
          hard_bounce: email_bounced
          invalid_email: email_bounced
          spam: {event: email_complained, actor: customer}
          unsubscribed: {event: email_unsubscribed, actor: customer}
        """,
        [
            {
                "id": 26224,
                "email": "ann@example.org",
                "message-id": "<201798300811.5787683@relay.example>",
                "date": "2024-05-01 12:00:00",
                "ts": 1714557600,
                "ts_event": 1714557601,
                "ts_epoch": 1714557601123,
                "event": event,
                "tags": ["spring"],
                "sending_ip": "192.0.2.1",
                **more,
            }
            for event, more in (
                ("request", {}),
                ("unique_opened", {}),
                ("unique_proxy_open", {"user_agent": UA}),
                ("click", {"link": "https://shop.example/?a=1", "user_agent": UA}),
                ("hard_bounce", {"reason": "server is down"}),
            )
        ],
        [
            ("email_sent", "company", "ann@example.org", "2024-05-01 10:00:01", None),
            ("email_opened", "machine", "ann@example.org", "2024-05-01 10:00:01", None),
            ("email_clicked", "customer", "ann@example.org", "2024-05-01 10:00:01", "https://shop.example/?a=1"),
            ("email_bounced", "company", "ann@example.org", "2024-05-01 10:00:01", None),
        ],
    ),
    "mailjet": (
        """
        rows: "[*]"
        channel: email
        actor: company
        columns:
          occurred_at: time
          event_name: event
          event_id: {join: [[mj_message_id, MessageID], event, time, [url, email]]}
          url: url
          user_agent: agent
          country: geo
          utm_campaign: [customcampaign, mj_campaign_id]
        identifiers: {email: email, mj_contact: mj_contact_id}
        events:
          sent: email_delivered
          open: email_opened
          click: {event: email_clicked, actor: customer}
          bounce:
            - {event: email_bounced, where: {hard_bounce: true}}
            - {ignore: tried again}
          spam: {event: email_complained, actor: customer}
          unsub: {event: email_unsubscribed, actor: customer}
        """,
        [
            [
                {"event": "sent", "time": 1433333949, "smtp_reply": "sent (250 2.0.0 OK)", **MAILJET},
                {"event": "open", "time": 1433103519, "ip": "192.0.2.1", "geo": "US", "agent": UA, **MAILJET},
            ],
            {"event": "click", "time": 1433334653, "url": "https://mailjet.example", "agent": UA, **MAILJET},
            [{"event": "bounce", "time": 1430812195, "blocked": False, "hard_bounce": False, **MAILJET}],
            [],
        ],
        [
            ("email_delivered", "company", "api@example.org", "2015-06-03 12:19:09", None),
            ("email_opened", "company", "api@example.org", "2015-05-31 20:18:39", None),
            ("email_clicked", "customer", "api@example.org", "2015-06-03 12:30:53", "https://mailjet.example"),
        ],
    ),
    "postal": (
        """
        channel: email
        actor: company
        columns:
          occurred_at: timestamp
          event_name: event
          event_id: uuid
          url: payload.url
          user_agent: payload.user_agent
          utm_campaign: payload.message.tag
        identifiers: {email: [payload.message.to, payload.original_message.to]}
        events:
          MessageSent: email_delivered
          MessageLoaded: email_opened
          MessageLinkClicked: {event: email_clicked, actor: customer}
          MessageBounced: email_bounced
          MessageDeliveryFailed: email_bounced
          "*": {ignore: not listed}
        """,
        [
            {"event": "MessageSent", "timestamp": 1477945179.12, "uuid": "1", "payload": {"message": POSTAL}},
            {
                "event": "MessageLinkClicked",
                "timestamp": 1477945209.25,
                "uuid": "2",
                "payload": {"url": "https://shop.example", "token": "VJzsFA0S", "user_agent": UA, "message": POSTAL},
            },
            {
                "event": "MessageBounced",
                "timestamp": 1477945179,
                "uuid": "3",
                "payload": {"original_message": POSTAL, "bounce": {"to": "abcde@psrp.example"}},
            },
            {"event": "DomainDNSError", "timestamp": 1477945179, "uuid": "4", "payload": {"domain": "shop.example"}},
        ],
        [
            ("email_delivered", "company", "test@example.org", "2016-10-31 20:19:39.12", None),
            ("email_clicked", "customer", "test@example.org", "2016-10-31 20:20:09.25", "https://shop.example"),
            ("email_bounced", "company", "test@example.org", "2016-10-31 20:19:39", None),
        ],
    ),
    "mailersend": (
        """
        rows: data
        channel: email
        actor: company
        columns:
          occurred_at: [morph.created_at, $.created_at]
          event_name: type
          event_id: id
          url: morph.url
          utm_campaign: "email.tags[0]"
        identifiers: {email: email.recipient.email}
        events:
          sent: email_sent
          delivered: email_delivered
          opened: email_opened
          clicked: {event: email_clicked, actor: customer}
          hard_bounced: email_bounced
          unsubscribed: {event: email_unsubscribed, actor: customer}
          spam_complaint: {event: email_complained, actor: customer}
        """,
        [
            mailersend("delivered", None),
            mailersend(
                "clicked",
                {"object": "click", "created_at": "2024-05-01T10:00:01.000000Z", "url": "https://shop.example/sale"},
            ),
            mailersend("hard_bounced", {"object": "recipient_bounce", "reason": "Host or domain name not found"}),
        ],
        [
            ("email_delivered", "company", "test@example.org", "2024-05-01 10:00:00", None),
            ("email_clicked", "customer", "test@example.org", "2024-05-01 10:00:01", "https://shop.example/sale"),
            ("email_bounced", "company", "test@example.org", "2024-05-01 10:00:00", None),
        ],
    ),
    "elastic": (
        """
        format: form
        channel: email
        actor: company
        columns:
          occurred_at: date
          event_name: status
          event_id: {join: [messageid, status, date, [target, to]]}
          url: target
          utm_campaign: channel
        identifiers: {email: to}
        time_format: "%m/%d/%Y %I:%M:%S %p"
        events:
          Sent: email_delivered
          Opened: email_opened
          Clicked: {event: email_clicked, actor: customer}
          Error:
            - {event: email_bounced, where: {category: [NoMailbox, AccountProblem]}}
          AbuseReport: {event: email_complained, actor: customer}
          Unsubscribed: {event: email_unsubscribed, actor: customer}
        """,
        [
            urlencode({"date": "5/1/2024 1:00:00 PM", "to": "ann@example.org", "messageid": "m", "status": s, **more})
            for s, more in (
                ("Opened", {"channel": "spring"}),
                ("Clicked", {"target": "https://shop.example/?a=1&b=2"}),
                ("Error", {"category": "NoMailbox"}),
            )
        ],
        [
            ("email_opened", "company", "ann@example.org", "2024-05-01 13:00:00", None),
            ("email_clicked", "customer", "ann@example.org", "2024-05-01 13:00:00", "https://shop.example/?a=1&b=2"),
            ("email_bounced", "company", "ann@example.org", "2024-05-01 13:00:00", None),
        ],
    ),
    "iterable": (
        """
        channel: email
        columns:
          occurred_at: dataFields.createdAt
          event_name: eventName
          event_id: {join: [[dataFields.eventId, dataFields.messageId], eventName, dataFields.createdAt, email]}
          url: dataFields.url
          user_agent: dataFields.userAgent
          utm_campaign: dataFields.campaignName
          properties: dataFields
        identifiers: {user_id: userId, email: email}
        events:
          emailSend: email_sent
          emailOpen:
            - {event: email_opened, actor: machine, where: {dataFields.isBot: true}}
            - {event: email_opened}
          emailClick: {event: email_clicked, actor: customer}
          emailBounce: email_bounced
          emailUnSubscribe: {event: email_unsubscribed, actor: customer}
          "*": {ignore: not listed}
        """,
        [
            {"email": "docs@example.org", "eventName": name, "dataFields": {"createdAt": at, "messageId": "m", **more}}
            for name, at, more in (
                ("emailOpen", "2016-12-02 18:51:40 +00:00", {"isBot": True}),
                ("emailClick", "2016-12-02 20:31:39 +01:00", {"url": "https://shop.example", "userAgent": UA}),
                ("smsReceived", "2016-12-05 22:51:25 +00:00", {}),
            )
        ],
        [
            ("email_opened", "machine", "docs@example.org", "2016-12-02 18:51:40", None),
            ("email_clicked", "customer", "docs@example.org", "2016-12-02 19:31:39", "https://shop.example"),
        ],
    ),
    "braze": (
        """
        rows: "events[*]"
        columns:
          occurred_at: time
          event_name: event_type
          event_id: id
          url: properties.url
          utm_campaign: [properties.campaign_name, properties.canvas_name]
          properties: properties
        identifiers: {user_id: user.external_user_id, braze_id: user.user_id, email: properties.email_address}
        events:
          users.messages.email.Send: {event: email_sent}
          users.messages.email.Delivery: {event: email_delivered}
          users.messages.email.Open:
            - {event: email_opened, actor: machine, where: {properties.machine_open: true}}
            - {event: email_opened}
          users.messages.email.Click: {event: email_clicked, actor: customer}
          users.messages.email.Bounce: {event: email_bounced}
          users.behaviors.Purchase: {event: order_completed, value: properties.price}
        """,
        [
            {
                "events": [
                    braze("users.messages.email.Delivery", 0, email_address="ann@example.org"),
                    braze("users.messages.email.Open", 1, email_address="ann@example.org", machine_open="true"),
                    braze("users.messages.email.Click", 2, email_address="ann@example.org", url="https://shop.example"),
                ]
            },
            {"events": []},
            {"events": [braze("users.behaviors.Purchase", 3, product_id="p", price=12.5, currency="USD")]},
        ],
        [
            ("email_delivered", "company", "u-7", "2024-05-01 10:00:00", None),
            ("email_opened", "machine", "u-7", "2024-05-01 10:00:01", None),
            ("email_clicked", "customer", "u-7", "2024-05-01 10:00:02", "https://shop.example"),
            ("order_completed", "customer", "u-7", "2024-05-01 10:00:03", None),
        ],
    ),
    "resend": (
        """
        rows: "data.to[*]"
        channel: email
        actor: company
        columns:
          occurred_at: [^.click.timestamp, $.created_at]
          event_name: $.type
          event_id: {join: [^.email_id, $.type, [^.click.timestamp, $.created_at], .]}
          url: ^.click.link
          user_agent: ^.click.userAgent
        identifiers: {email: .}
        events:
          email.sent: email_sent
          email.delivered: email_delivered
          email.opened: email_opened
          email.clicked: {event: email_clicked, actor: customer}
          email.bounced: email_bounced
          email.complained: {event: email_complained, actor: customer}
          "contact.*": {ignore: contacts}
        """,
        [
            {
                "type": "email.clicked",
                "created_at": "2024-11-22T23:41:12.126Z",
                "data": {
                    "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
                    "from": "Acme <onboarding@shop.example>",
                    "to": ["Ann <ann@example.org>", "bob@example.org"],
                    "click": {"link": "https://resend.example", "timestamp": "2024-11-24T05:00:57.163Z"},
                },
            },
            {"type": "contact.created", "created_at": "2024-11-22T23:41:12Z", "data": {"email": "ann@example.org"}},
        ],
        [
            ("email_clicked", "customer", who, "2024-11-24 05:00:57.163", "https://resend.example")
            for who in ("ann@example.org", "bob@example.org")
        ],
    ),
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_documented_bodies(tmp_path: Path, vendor: str) -> None:
    connector, bodies, expected = VENDORS[vendor]
    lines = [line[8:] for line in connector.strip("\n").rstrip().splitlines()]
    assert len(lines) < 30
    (tmp_path / f"{vendor}.yaml").write_text("\n".join(lines))
    posted = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    (tmp_path / "posted.log").write_text("\n".join([*posted, posted[0]]) + "\n")  # posted again: the same ids
    source = {"name": vendor, "connector": f"{vendor}.yaml", "files": "posted.log", "columns": {}, "identifiers": {}}
    found = stage(project(tmp_path, source))
    told = rows(found, "event_name", "actor", "ident", "occurred_at::VARCHAR", "url", "reason", "ignored", "event_id")
    assert len(told) == found.files[0].rows
    assert {row[5] for row in told} == {None}
    events = [row for row in told if row[6] is None]
    again = len(events) - len(expected)
    assert [row[:5] for row in events[: len(expected)]] == expected
    assert len({row[7] for row in events}) == len(expected)
    assert again > 0
