"""The channel rules as SQL: macros and small tables that `sql/core/touch_*.sql` read.

The pipeline and `channel_groups()` both make them with `prepare`, then run the same models.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from journey_analytics.channels.data import ShippedRule, click_ids, shipped_rules, sites
from journey_analytics.config.model import ChannelRule
from journey_analytics.engine.duck import quote_text
from journey_analytics.engine.globs import matches_any

#: What a rule may look at, in the order in which `channel_rule_no` takes it; all but the first three lower case.
_TOUCH = "log, event_name, channel, source, medium, campaign, referrer_host, click_id, site, has_traffic"

#: Hosts of which each subdomain is somebody else's site.
_SHARED_HOSTS = (
    "blogspot.com",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "myshopify.com",
    "netlify.app",
    "pages.dev",
    "tumblr.com",
    "vercel.app",
    "web.app",
    "firebaseapp.com",
    "wixsite.com",
    "wordpress.com",
    "substack.com",
    "weebly.com",
    "webflow.io",
    "azurewebsites.net",
    "cloudfront.net",
    "amazonaws.com",
    "appspot.com",
)


def prepare(con: duckdb.DuckDBPyConnection, rules: Sequence[ChannelRule] = ()) -> None:
    """Make `config_channel_rules`, `config_sites`, `config_clicks` and the macros.

    Args:
        con: Where to make them.
        rules: Configured rules, asked before the shipped ones.
    """
    con.execute("CREATE OR REPLACE TABLE config_channel_rules (rule_no INTEGER, channel_group VARCHAR, rule VARCHAR)")
    texts: list[tuple[str | None, str]] = [(rule.channel_group, configured_text(rule)) for rule in rules]
    texts += [(rule.group, shipped_text(rule)) for rule in shipped_rules()]
    con.executemany("INSERT INTO config_channel_rules VALUES (?, ?, ?)", [[no, *text] for no, text in enumerate(texts)])
    con.execute("CREATE OR REPLACE TABLE config_sites (site VARCHAR, kind VARCHAR, category VARCHAR)")
    listed = ", ".join(f"({', '.join(quote_text(part) for part in entry)})" for entry in sites())
    con.execute(f"INSERT INTO config_sites VALUES {listed}")
    con.execute(
        "CREATE OR REPLACE TABLE config_clicks (click_id VARCHAR, source VARCHAR, medium VARCHAR, paid BOOLEAN)"
    )
    con.executemany(
        "INSERT INTO config_clicks VALUES (?, ?, ?, ?)",
        [[c.parameter, c.source, c.medium, c.paid] for c in click_ids()],
    )
    for macro in channel_macros(rules):
        con.execute(f"CREATE OR REPLACE MACRO {macro}")


def channel_macros(rules: Sequence[ChannelRule]) -> list[str]:
    """The macros, each as what follows `CREATE MACRO`.

    A macro's argument is written wherever it is used, so nested ones multiply: planning them cost seconds. Where an
    expression is used often, a lambda over a list of one binds it.
    """
    numbered = [_configured(rule) for rule in rules] + [_shipped(rule) for rule in shipped_rules()]
    cases = " ".join(f"WHEN {condition} THEN {no}" for no, condition in enumerate(numbered))
    clicks = "|".join(click.parameter for click in click_ids())
    tag = f"(?i)[?&#;](utm_(?:source|medium|campaign)=[^&#;]+|(?:{clicks})=[^&#;])"
    shared = "|".join(host.replace(".", r"\.") for host in _SHARED_HOSTS)
    return [
        "has_scheme(address) AS contains(address, '//') "
        "AND (trim(split_part(address, '//', 1)) = '' OR ends_with(split_part(address, '//', 1), ':'))",
        # with a scheme or // whatever stands there, else only what looks like a host
        "host_of(address) AS nullif(rtrim(CASE WHEN has_scheme(address) THEN "
        r"regexp_extract(lower(substr(address, strpos(address, '//'))), "
        r"'^//(?:[^/?#@]*@)?(?:www\.)?([^/:?#\s]+)', 1) ELSE "
        r"regexp_extract(lower(trim(address)), "
        r"'^(?:www\.)?((?:[a-z0-9_-]+\.)+[a-z]{2,})(?:[:/?#]|$)', 1) END, '.'), '')",
        # what its owner registered: example.co.uk of shop.example.co.uk; null for addresses in numbers and shared hosts
        rf"own_domain(host) AS CASE WHEN NOT regexp_matches(host, '[0-9]$|(?:^|\.)(?:{shared})$') THEN "
        r"regexp_extract(host, '([^.]+\.(?:(?:com?|org|net|ac|gov|edu|ne|or|go)\.[a-z]{2}|[^.]+))$', 1) END",
        "same_site(a, b) AS a = b OR ends_with(a, concat('.', b)) OR ends_with(b, concat('.', a)) "
        "OR coalesce(nullif(own_domain(a), '') = own_domain(b), false)",
        "external_referrer(referrer, url) AS CASE WHEN host_of(referrer) IS NOT NULL "
        "AND NOT coalesce(same_site(host_of(referrer), host_of(url)), false) THEN host_of(referrer) END",
        # where an address leads, cut out without a regular expression, as every event with a referrer is asked
        "raw_host(address) AS CASE WHEN has_scheme(address) "
        "THEN concat('//', split_part(split_part(address, '//', 2), '/', 1)) ELSE split_part(address, '/', 1) END",
        # hosts that are plain and end differently are of different sites; only the rest is looked at closely
        "is_external(referrer_host, url_host) AS CASE "
        "WHEN referrer_host IS NULL OR referrer_host = url_host THEN false "
        "WHEN starts_with(referrer_host, '//') AND length(referrer_host) > 8 "
        "AND right(lower(referrer_host), 6) <> right(lower(coalesce(url_host, '')), 6) "
        r"AND NOT regexp_matches(referrer_host, '[:@?#\s]|\.$') "
        r"AND NOT regexp_matches(coalesce(url_host, ''), '[:@?#\s]|\.$') THEN true "
        "ELSE list_transform([{'r': host_of(referrer_host), 'u': host_of(url_host)}], "
        "lambda h: h.r IS NOT NULL AND NOT coalesce(same_site(h.r, h.u), false))[1] END",
        # cheap for the many urls without parameters
        f"tagged_url(url) AS CASE WHEN contains(url, '=') THEN regexp_matches(url, {quote_text(tag)}) ELSE false END",
        "url_tags(url) AS CASE WHEN tagged_url(url) THEN "
        f"array_to_string(regexp_extract_all(url, {quote_text(tag)}, 1), '&') END",
        "tag_value(tags, parameter) AS nullif(trim(coalesce(TRY(url_decode(replace("
        "regexp_extract(concat('&', tags), concat('(?i)&', parameter, '=([^&]*)'), 1), '+', ' '))), '')), '')",
        f"click_of(tags) AS nullif(lower(regexp_extract(concat('&', tags), '(?i)&({clicks})=', 1)), '')",
        # CASE, because its branches are worked out for the rows that come to them; AND works out both sides for all
        "bears_traffic(utm_source, utm_medium, utm_campaign, referrer, url) AS CASE "
        "WHEN utm_source IS NOT NULL THEN utm_source <> '(direct)' OR tagged_url(url) "
        "WHEN utm_medium IS NOT NULL OR utm_campaign IS NOT NULL THEN true "
        "WHEN tagged_url(url) THEN true "
        "WHEN referrer IS NOT NULL THEN list_transform([{'r': raw_host(referrer), 'u': raw_host(url)}], "
        "lambda h: is_external(h.r, h.u))[1] ELSE false END",
        "touch_key(log, event_name, channel, utm_source, utm_medium, utm_campaign, referrer, url) AS "
        "hash(log, event_name, channel, utm_source, utm_medium, utm_campaign, "
        "raw_host(referrer), raw_host(url), url_tags(url))",
        f"channel_rule_no({_TOUCH}) AS CASE {cases} END",
    ]


def shipped_text(rule: ShippedRule) -> str:
    """A shipped rule as one readable line, as `channel_rule` shows it."""
    parts = [
        f"{key}: {value}"
        for key in ("sites", "source", "medium", "campaign")
        if (value := getattr(rule, key)) is not None
    ]
    if rule.traffic is False:
        parts.append("no traffic source")
    parts += [
        f"{key}: {', '.join(v or '(none)' for v in values)}"
        for key in ("events", "channels")
        if (values := getattr(rule, key))
    ]
    return "; ".join(parts) or "no other rule"


def configured_text(rule: ChannelRule) -> str:
    """A configured rule as one readable line."""
    return "; ".join(f"{key}: {', '.join(values)}" for key in ChannelRule.CONDITIONS if (values := getattr(rule, key)))


def _configured(rule: ChannelRule) -> str:
    lowered = {
        "source": rule.traffic_sources,
        "medium": rule.traffic_mediums,
        "campaign": rule.campaigns,
        "referrer_host": rule.referrers,
        "click_id": rule.click_ids,
    }
    tests = [matches_any(name, [glob.lower() for glob in globs]) for name, globs in lowered.items() if globs]
    exact = {"log": rule.sources, "event_name": rule.events, "channel": rule.channels}
    tests += [matches_any(name, globs) for name, globs in exact.items() if globs]
    return " AND ".join(tests)


def _shipped(rule: ShippedRule) -> str:
    tests = [
        f"coalesce(regexp_full_match({name}, {quote_text(pattern)}), false)"
        for name in ("source", "medium", "campaign")
        if (pattern := getattr(rule, name)) is not None
    ]
    if rule.sites is not None:
        tests.append(f"coalesce(site = {quote_text(rule.sites)}, false)")
    if rule.traffic is False:
        tests.append("NOT has_traffic")
    # ids of events are ours or the source's own; the channel of a log is free text, so its case is not looked at
    if rule.events:
        tests.append(matches_any("event_name", rule.events))
    if rule.channels:
        tests.append(matches_any("lower(coalesce(channel, ''))", rule.channels))
    return " AND ".join(tests) or "true"
