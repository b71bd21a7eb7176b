# ruff: noqa: E501
"""Every channel by GA4's definition, what urls and referrers tell, ours, and configured rules."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from journey_analytics import channel_groups
from journey_analytics.errors import JourneyError
from tests.channels.oracle import group
from tests.harness import NIGHTLY

SCHEMA = ["source", "medium", "campaign", "referrer", "url"]
SHOP = "https://www.shop.example/"

TABLE: list[tuple[str, str | None, str | None, str | None, str | None, str | None]] = [
    # GA4's rules, in order
    ("Direct", "(direct)", "(none)", None, None, None),
    ("Direct", "(direct)", "(not set)", None, None, None),
    ("Direct", "(Direct)", None, None, None, None),
    ("Direct", None, None, None, None, None),
    ("Direct", "", "  ", "", "", ""),
    ("Cross-network", "google", "cpc", "PMax Cross-Network NL", None, None),
    ("Paid Shopping", "amazon", "cpc", None, None, None),
    ("Paid Shopping", "Google Shopping", "paid", None, None, None),
    ("Paid Shopping", "google", "cpc", "NL Shopping brand", None, None),
    ("Paid Shopping", "anyone", "retargeting", "eshop", None, None),
    ("Paid Search", "google", "cpc", "workshop", None, None),
    ("Paid Search", "GOOGLE", "CPC", None, None, None),
    ("Paid Search", "bing", "paidsearch", None, None, None),
    ("Paid Search", "duckduckgo.com", "ppc", None, None, None),
    ("Paid Social", "facebook", "paid_social", None, None, None),
    ("Paid Social", "ig", "cpm", None, None, None),
    ("Paid Social", "linkedin.com", "retargeting", None, None, None),
    ("Paid Video", "youtube", "cpc", None, None, None),
    ("Paid Video", "vimeo.com", "paid", None, None, None),
    ("Display", "dv360", "display", None, None, None),
    ("Display", "dv360", "CPM", None, None, None),
    ("Display", "x1", "interstitial", None, None, None),
    ("Paid Other", "taboola", "cpc", None, None, None),
    ("Organic Shopping", "etsy.com", "referral", None, None, None),
    ("Organic Shopping", "someone", "link", "summer shop", None, None),
    ("Organic Social", "t.co", "referral", None, None, None),
    ("Organic Social", "l.facebook.com", "referral", None, None, None),
    ("Organic Social", "someone", "social media", None, None, None),
    ("Organic Social", "someone", "SM", None, None, None),
    ("Organic Video", "youtube.com", "referral", None, None, None),
    ("Organic Video", "someone", "product-video", None, None, None),
    ("Organic Search", "google", "organic", None, None, None),
    ("Organic Search", "unknown-engine", "organic", None, None, None),
    ("Organic Search", "bing", None, None, None, None),
    ("Organic Search", "yahoo", "(not set)", None, None, None),
    ("Referral", "partner.example", "referral", None, None, None),
    ("Referral", "some-app", "app", None, None, None),
    ("Email", "newsletter", "e-mail", None, None, None),
    ("Email", "e mail", "spring", None, None, None),
    ("Affiliates", "awin", "affiliate", None, None, None),
    ("Audio", "spotify", "audio", None, None, None),
    ("SMS", "sms", "text", None, None, None),
    ("SMS", "twilio", "SMS", None, None, None),
    ("Mobile Push Notifications", "braze", "web-push", None, None, None),
    ("Mobile Push Notifications", "braze", "mobile", None, None, None),
    ("Mobile Push Notifications", "firebase", "x", None, None, None),
    ("AI Assistant", "chatgpt.com", "ai-assistant", "(ai-assistant)", None, None),
    ("AI Assistant", "chatgpt.com", None, None, None, None),
    ("Referral", "chatgpt.com", "referral", None, None, None),
    ("Unassigned", "newsletter", "newsletter", None, None, None),
    ("Unassigned", "(not set)", "(not set)", None, None, None),
    ("Unassigned", "NaN", None, None, None, None),
    ("Unassigned", None, None, "spring", None, None),
    ("Organic Shopping", None, None, "shopping week", None, None),
    ("Direct", None, None, "(not set)", None, None),
    # ours
    ("Phone", "callcentre", "phone", None, None, None),
    ("In-store", "store-17", "in_store", None, None, None),
    ("Direct mail", "spring", "Direct Mail", None, None, None),
    ("Survey", "survey", "link2", None, None, None),
    ("Partner", "acme", "partner", None, None, None),
    # referrers
    ("Organic Search", None, None, None, "https://www.google.com/", SHOP),
    ("Organic Search", None, None, None, "https://www.google.co.uk/search?q=x", SHOP),
    ("Organic Search", None, None, None, "http://nl.search.yahoo.com/", SHOP),
    ("Organic Search", None, None, None, "android-app://com.google.android.googlequicksearchbox/", SHOP),
    ("Referral", None, None, None, "android-app://com.google.android.gm/", SHOP),
    ("Referral", None, None, None, "https://docs.google.com/document/d/1", SHOP),
    ("Organic Social", None, None, None, "https://groups.google.com/g/x", SHOP),
    ("Organic Social", None, None, None, "https://lnkd.in/abc", SHOP),
    ("Organic Social", None, None, None, "https://OUT.REDDIT.COM/", SHOP),
    ("Organic Video", None, None, None, "https://m.youtube.com/watch?v=1", SHOP),
    ("Organic Shopping", None, None, None, "https://www.amazon.de/dp/1", SHOP),
    ("Referral", None, None, None, "https://aws.amazon.com/marketplace", SHOP),
    ("AI Assistant", None, None, None, "https://chatgpt.com/", SHOP),
    ("AI Assistant", None, None, None, "https://www.perplexity.ai/search", SHOP),
    ("AI Assistant", None, None, None, "https://gemini.google.com/app", SHOP),
    ("Referral", None, None, None, "https://news.example.org/a?b=https://google.com", SHOP),
    ("Referral", None, None, None, "https://googel.com.evil.example/", SHOP),
    ("Direct", None, None, None, "https://shop.example/cart", SHOP),
    ("Direct", None, None, None, "https://pay.shop.example/", SHOP),
    ("Direct", None, None, None, "https://pay.acme.co.uk/", "https://www.acme.co.uk/x"),
    ("Referral", None, None, None, "https://other.co.uk/", "https://www.acme.co.uk/x"),
    ("Referral", None, None, None, "https://a.github.io/", "https://b.github.io/"),
    ("Referral", None, None, None, "http://10.0.0.1/", "http://20.0.0.1/"),
    ("Direct", None, None, None, "$direct", SHOP),
    # utm parameters and click ids in the url
    ("Email", None, None, None, None, SHOP + "?utm_source=spring&utm_medium=E-mail"),
    ("Paid Social", None, None, None, "https://www.google.com/", SHOP + "?a=1&utm_source=face%62ook&utm_medium=cpc"),
    ("Cross-network", None, None, None, None, SHOP + "?utm_source=google&utm_medium=cpc&utm_campaign=Cross-network"),
    ("Organic Social", None, None, None, None, SHOP + "#utm_source=x9&utm_medium=social+media"),
    ("Email", "x9", "email", None, None, SHOP + "?utm_source=google&utm_medium=cpc"),
    ("Paid Search", None, None, None, None, SHOP + "?gclid=abc"),
    ("Paid Search", None, None, None, "https://www.google.com/", SHOP + "?x=1&GBRAID=abc"),
    ("Paid Search", "google", "organic", None, None, SHOP + "?wbraid=abc"),
    ("Email", "spring", "email", None, None, SHOP + "?gclid=abc"),
    ("Organic Search", None, None, None, "https://www.google.com/", SHOP + "?gclid="),
    ("Display", None, None, None, None, SHOP + "?dclid=abc"),
    ("Paid Search", None, None, None, None, SHOP + "?msclkid=abc"),
    ("Paid Social", None, None, None, None, SHOP + "?ttclid=abc"),
    ("Paid Social", None, None, None, None, SHOP + "?li_fat_id=abc"),
    ("Paid Social", None, None, None, None, SHOP + "?twclid=abc"),
    ("Organic Social", None, None, None, None, SHOP + "?fbclid=abc"),
    ("Paid Social", "facebook", "paid", None, None, SHOP + "?fbclid=abc"),
    ("Email", None, None, None, None, SHOP + "?mc_cid=abc"),
    ("Paid Shopping", None, None, None, None, SHOP + "?utm_campaign=shopping&gclid=abc"),
]  # fmt: skip


def frame(rows: list[tuple[str | None, ...]], names: list[str] = SCHEMA) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def test_every_channel() -> None:
    rows = [row[1:] for row in TABLE]
    answer = channel_groups(frame(rows))["channel_group"].to_list()
    wrong = [(row, got) for row, got in zip(TABLE, answer, strict=True) if row[0] != got]
    assert wrong == []


def test_the_oracle_agrees_with_the_table() -> None:
    assert [(row, got) for row in TABLE if (got := group(*row[1:])) != row[0]] == []


@pytest.mark.parametrize(
    ("event", "channel", "expected"),
    [
        ("call_logged", "crm", "Phone"),
        ("meeting_held", "crm", "Meeting"),
        ("store_visited", None, "In-store"),
        ("ticket_created", "web", "Support"),
        ("survey_answered", None, "Survey"),
        ("review_posted", "web", "Review"),
        ("email_clicked", "email", "Email"),
        ("order_completed", "pos", "In-store"),
        ("anything", "Partner", "Partner"),
        ("page_viewed", "web", "Direct"),
        ("page_viewed", None, "Direct"),
        ("deal_created", "crm", None),
        ("deal_won", None, None),
        ("note_added", "crm", None),
    ],
)
def test_touchpoints_off_the_website(event: str, channel: str | None, expected: str | None) -> None:
    answer = channel_groups(frame([(event, channel)], ["event_name", "channel"]))
    assert answer["channel_group"].to_list() == [expected]
    assert (answer["channel_rule"][0] is None) == (expected is None)


def test_an_unknown_source_falls_back_on_the_event() -> None:
    touch = frame([("spring", "newsletter", "email_clicked")], ["source", "medium", "event_name"])
    assert channel_groups(touch)["channel_group"].to_list() == ["Email"]


def test_configured_rules_come_first_and_are_kept() -> None:
    rules = [
        {"channel_group": "Partner", "traffic_sources": "*-Resellers", "traffic_mediums": ["referral", "cpc"]},
        {"channel_group": "Press", "referrers": ["*.times.example", "times.example"]},
        {"channel_group": "Brand", "click_ids": "gclid", "campaigns": "brand*"},
    ]
    touches = frame(
        [
            ("north-resellers", "CPC", None, None, None),
            ("north-resellers", "email", None, None, None),
            (None, None, None, "https://www.times.example/a", SHOP),
            (None, None, "Brand NL", None, SHOP + "?gclid=1"),
            (None, None, "generic", None, SHOP + "?gclid=1"),
        ]
    )
    answer = channel_groups(touches, rules)
    assert answer["channel_group"].to_list() == ["Partner", "Email", "Press", "Brand", "Paid Search"]
    assert answer["channel_rule"][0] == "traffic_sources: *-Resellers; traffic_mediums: referral, cpc"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"channel_group": "X"}, "no condition"),
        ({"channel_group": "X", "events": "a", "sorce": 1}, "sorce"),
        (3, "rules[0]"),
    ],
)
def test_a_wrong_rule_is_one_error(rule: object, said: str) -> None:
    with pytest.raises(JourneyError, match=said.replace("[", r"\[").replace("]", r"\]")):
        channel_groups(frame([("a", "b")], ["source", "medium"]), [rule])  # type: ignore[list-item]


SOURCES = st.sampled_from(
    ["google", "Google", "facebook.com", "m.facebook.com", "youtube", "amazon.de", "chatgpt.com", "(direct)", "(not set)", "sms",
     "email", "foo", "", " bing ", "firebase", "partner", "news.google.com", "https://www.linkedin.com/feed", "ebay", "t.co", "m.google.nl"]
)  # fmt: skip
MEDIUMS = st.sampled_from(
    ["cpc", "CPM", "ppc", "paid-x", "organic", "referral", "app", "email", "affiliate", "audio", "video-x", "display", "sm", "(none)",
     "(not set)", "xpush", "mobile", "ai-assistant", "phone", "xcpx", "retargeting", "", "x\ncpc"]
)  # fmt: skip
CAMPAIGNS = st.sampled_from(
    ["", "shop", "workshop", "eshop", "Shopping", "a cross-network", "x\nshop", "(ai-assistant)"]
)
HOSTS = st.sampled_from(
    ["google.com", "www.google.co.uk", "docs.google.com", "shop.example", "pay.shop.example", "www.acme.co.uk", "b.acme.co.uk", "co.uk",
     "x.github.io", "y.github.io", "10.0.0.1", "20.0.0.1", "l.facebook.com", "claude.ai", "GOOGLE.com.", "bücher.example", "localhost", "",
     "example", "shop.example:8080", "me@shop.example", "com.linkedin.android", "aws.amazon.com", "a.b.c.d.e.f.g.facebook.com"]
)  # fmt: skip
PARAMETERS = st.sampled_from(
    ["utm_source=google", "utm_medium=cpc", "utm_medium=", "utm_source=%66b", "utm_source=%ff", "utm_source=%zz", "gclid=1", "gclid=",
     "fbclid=x", "ttclid=x", "utm_campaign=eshop", "x=1", "xgclid=1", "UTM_MEDIUM=Email", "dclid=1", "utm_source=+", "yclid=7", "a;b"]
)  # fmt: skip
SCHEMES = st.sampled_from(["https://", "http://", "//", "", "android-app://", "HTTPS://", "mailto:", "1x://"])
ADDRESSES = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.builds(
        lambda scheme, host, path, query, mark: scheme + host + path + (mark + "&".join(query) if query else ""),
        SCHEMES,
        HOSTS,
        st.sampled_from(["", "/", "/a//b", "/a@b"]),
        st.lists(PARAMETERS, max_size=4),
        st.sampled_from(["?", "#"]),
    ),
)


# Rows are independent, so a failing list tells enough without being made smaller, and few long lists ask as much as many
# short ones: preparing a question costs more than a hundred rows.
@settings(
    max_examples=100 if NIGHTLY else 10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(
    st.lists(
        st.tuples(
            st.none() | SOURCES | st.text(max_size=4),
            st.none() | MEDIUMS,
            st.none() | CAMPAIGNS,
            ADDRESSES,
            ADDRESSES,
        ),
        min_size=30,
        max_size=60,
    )
)
def test_against_the_oracle(rows: list[tuple[str | None, ...]]) -> None:
    answer = channel_groups(frame(rows))
    wrong = [
        (row, got, expected)
        for row, got in zip(rows, answer["channel_group"].to_list(), strict=True)
        if got != (expected := group(*row))
    ]
    assert wrong[:3] == []
    assert answer.select(SCHEMA).rows() == rows


def test_hostile_values_harm_nothing() -> None:
    random.seed(7)
    nasty = [
        "'; DROP TABLE touches; --",
        '"x"',
        "\\",
        "\x00",
        "%",
        "." * 5000,
        "a." * 5000,
        "?" * 500,
        "http://" + "a." * 3000 + "com",
        "\ud7ff",
        "💥",
    ]
    rows = [tuple(random.choice([*nasty, None]) for _ in SCHEMA) for _ in range(500)]
    answer = channel_groups(frame(rows))
    assert answer.height == 500
    assert answer["channel_group"].null_count() == 0
