"""Samples that no shipped excerpt holds: rows as vendors document them, and tables of no vendor with their sources."""

from __future__ import annotations

ROWS = """\
id,at,event,user,email,amount,note
1,2024-05-01T10:00:00Z,page_viewed,7,ann@example.org,,"a, b"
2,2024-05-01 12:00:00,order_completed,7,Ann@Example.org,19.99,"said ""no"" twice"
3,1714557600,page_viewed,8,,0,é
4,2024-05-02,deal_won,,bob@example.org,1e3,
5,2024-05-01T10:00:00+02:00,page_viewed,9,cem@example.org,x,{}
"""
TABLE = {
    "connector": "table",
    "columns": {"occurred_at": "at", "event_name": "event", "event_id": "id", "value": "amount"},
    "identifiers": {"user_id": "user", "email": "email"},
}
WIDE = {
    "connector": "table",
    "columns": {"event_id": "id"},
    "identifiers": {"email": "email"},
    "timezone": "Europe/Amsterdam",
    "events": [
        {"event": "lead_created", "at": "created"},
        {"event": "deal_won", "at": "won", "value": "amount", "where": {"lost": None}},
        {"event": "deal_lost", "at": "lost", "actor": "company"},
    ],
}
WIDE_ROWS = """\
id,email,created,won,lost,amount
1,ann@example.org,2024-05-01 10:00,2024-05-09,,12.5
2,bob@example.org,2024-05-01 10:00,,2024-06-01 09:00,
3,cem@example.org,,,,
4,dee@example.org,1714557600,1714557700000,,7
"""
SNAPSHOTS = {
    "connector": "table",
    "mode": "snapshot",
    "identifiers": {"email": "email"},
    "snapshot": {"key": "id", "watch": ["stage", "amount"], "taken_at": "%Y-%m-%d", "created_at": "created"},
}
DEALS = "id,email,stage,amount,created\n" + "".join(
    f"d{n},p{n % 7}@example.org,{'new' if n % 3 else 'won'},{n * 10},2024-04-{n % 27 + 1:02}\n" for n in range(40)
)
NESTED = {
    "tenant": 5,
    "to": ["ann@example.org", "Bo <bo@example.org>"],
    "events": [{"type": "OPEN", "ts": "1714557600123"}, {"type": "CLICK", "ts": 1714557670}, {"type": "PING"}],
}
NESTED_SOURCE = {
    "connector": "table",
    "rows": [["events[*]"], ["^.to[*]"]],
    "columns": {"occurred_at": "^.ts", "event_name": "^.type", "event_id": {"join": ["^.ts", "^.type", "."]}},
    "identifiers": {"email": ".", "account": "$.tenant"},
}
SEGMENT = [
    {
        "type": "page",
        "anonymousId": "a1",
        "messageId": "m1",
        "timestamp": "2024-05-01T10:00:00.000Z",
        "context": {"page": {"url": "https://a.example/"}},
    },
    {
        "type": "track",
        "event": "Order Completed",
        "userId": "u1",
        "messageId": "m2",
        "timestamp": "2024-05-01T10:01:00Z",
        "properties": {"total": 5},
    },
    {
        "type": "identify",
        "userId": "u1",
        "anonymousId": "a1",
        "messageId": "m3",
        "timestamp": "2024-05-01T10:02:00Z",
        "traits": {"email": "a@x.org"},
    },
]
ZENDESK_TICKETS = [
    {
        "id": 35436,
        "created_at": "2024-05-20T22:55:29Z",
        "updated_at": "2024-05-25T10:00:00Z",
        "requester_id": 2,
        "status": "solved",
        "satisfaction_rating": {"score": "bad", "comment": "Slow"},
    },
    {
        "id": 35437,
        "created_at": "2024-05-21T22:55:29Z",
        "updated_at": "2024-05-21T22:55:29Z",
        "requester_id": 3,
        "status": "open",
    },
]
ZENDESK_AUDITS = [
    {
        "id": 1,
        "ticket_id": 35436,
        "created_at": "2024-05-20T22:55:29Z",
        "author_id": 2,
        "events": [
            {"id": 10, "type": "Comment", "public": True},
            {"id": 11, "type": "Create", "field_name": "status", "value": "new"},
        ],
    },
    {
        "id": 2,
        "ticket_id": 35436,
        "created_at": "2024-05-21T08:00:00Z",
        "author_id": 5,
        "events": [{"id": 20, "type": "Change", "field_name": "status", "value": "solved"}],
    },
]
ZENDESK_USERS = [
    {"id": 2, "email": "ann@example.org", "role": "end-user"},
    {"id": 5, "email": "bo@shop.example", "role": "agent"},
]
ZENDESK_POSTED = [
    {
        "type": "zen:event-type:ticket.created",
        "id": "1",
        "time": "2024-01-01T10:00:00Z",
        "detail": {"id": "7", "requester_id": "77"},
        "event": {},
    },
    {
        "type": "zen:event-type:ticket.status_changed",
        "id": "2",
        "time": "2024-01-01T11:00:00Z",
        "detail": {"id": "7", "requester_id": "77"},
        "event": {"current": "SOLVED", "previous": "OPEN"},
    },
]
SURVEY = """\
response_id,email,score,survey_type,comment,responded_at
1,ann@example.org,9,nps,Fine,2024-05-01T10:00:00Z
2,bob@example.org,2,csat,"Slow, and ""odd"" too",2024-05-02 09:00
3,,7,nps,,2024-05-03
"""
KLAVIYO_API = [
    {
        "type": "event",
        "id": "e1",
        "attributes": {
            "timestamp": 1714557600,
            "datetime": "2024-05-01T10:00:00+00:00",
            "uuid": "x",
            "event_properties": {"$value": 5},
        },
        "relationships": {"profile": {"data": {"id": "p1"}}, "metric": {"data": {"id": "m1"}}},
    },
]
MARKETO_API = [
    {
        "id": 7,
        "marketoGUID": "g7",
        "leadId": 3,
        "activityDate": "2024-05-01T10:00:00Z",
        "activityTypeId": 10,
        "campaignId": 4,
    }
]
MAILGUN_FORMS = [
    "event=clicked&recipient=ann%40example.org&timestamp=1461433456&token=t1&url=https%3A%2F%2Fa.example&Message-Id=%3Cm1%40x%3E",
    "event=bounced&recipient=bob%40example.org&timestamp=1461433457&token=t2&code=550&error=gone",
    "event=opened&recipient=ann%40example.org&timestamp=1461433458&token=t3&user-agent=Mozilla%2F5.0",
]
GA4 = [
    {
        "event_date": "20240501",
        "event_timestamp": "1714557600000000",
        "event_name": "page_view",
        "user_pseudo_id": "1.2",
        "user_id": None,
        "event_params": [
            {"key": "page_location", "value": {"string_value": "https://a.example/é"}},
            {"key": "n", "value": {"int_value": "3"}},
        ],
        "device": {"category": "mobile"},
        "collected_traffic_source": {"manual_source": "news", "manual_medium": "email"},
    },
    {
        "event_date": "20240501",
        "event_timestamp": "1714557700000000",
        "event_name": "purchase",
        "user_pseudo_id": "1.2",
        "user_id": "7",
        "event_params": [
            {"key": "value", "value": {"double_value": 1.5}},
            {"key": "currency", "value": {"string_value": "EUR"}},
        ],
    },
]
#: Form-encoded bodies that hold their events as JSON in a field.
BATCHES = [
    "mandrill_events=%5B%7B%22event%22%3A%22open%22%2C%22ts%22%3A1365109999%2C%22msg%22%3A%7B%22email%22%3A%22a%40x.org%22%7D%7D%5D",
    "mandrill_events=%5B%5D",
]
BATCHES_SOURCE = {
    "connector": "table",
    "format": "form",
    "rows": ["mandrill_events[*]"],
    "columns": {"occurred_at": "ts", "event_name": "event"},
    "identifiers": {"email": "msg.email"},
}
