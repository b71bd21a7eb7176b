-- One row per event that a machine caused by our own rules, with the rules that say so (docs/semantics.md, "Machine activity").
-- What a source itself calls a machine does not stand here. Only rows that can matter are looked at: those of bots' user
-- agents, and mails. A mail is told by source, recipient and campaign; both link rules are windows, never a self-join, as
-- thousands of clicks may share one second.
WITH mails AS (
    SELECT
        e.rid, e.source_no, e.ident_kind, e.ident, e.utm_campaign, e.event_name, e.occurred_at, e.url,
        e.user_agent, coalesce(list_contains(e.flags, 'date_only'), false) AS date_only
    FROM good_events AS e
    ANTI JOIN duplicate_events AS d ON d.rid = e.rid
    WHERE e.event_name IN ('email_sent', 'email_delivered', 'email_opened', 'email_clicked')
      AND getvariable('machine_mail_rules')
),

-- date-only times say nothing about seconds
timed AS (
    SELECT *, event_name = 'email_clicked' AS is_click
    FROM mails
    WHERE event_name <> 'email_opened' AND NOT date_only
),

around AS (
    SELECT
        *,
        max(occurred_at) FILTER (WHERE NOT is_click) OVER (
            PARTITION BY source_no, ident_kind, ident, utm_campaign ORDER BY occurred_at
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS last_sent,
        count(DISTINCT CASE WHEN is_click THEN url END) OVER (
            PARTITION BY source_no, ident_kind, ident, utm_campaign ORDER BY occurred_at
            RANGE BETWEEN CURRENT ROW AND to_microseconds(getvariable('machine_burst_us')) FOLLOWING
        ) AS links_following
    FROM timed
),

bursts AS (
    SELECT
        *,
        max(links_following) OVER (
            PARTITION BY source_no, ident_kind, ident, utm_campaign ORDER BY occurred_at
            RANGE BETWEEN to_microseconds(getvariable('machine_burst_us')) PRECEDING AND CURRENT ROW
        ) AS links_around
    FROM around
),

found AS (
    SELECT rid, 'link_scanner_burst' AS rule
    FROM bursts
    WHERE is_click AND links_around >= getvariable('machine_burst_links')
    UNION ALL
    SELECT rid, 'link_scanner_fast'
    FROM bursts
    WHERE is_click AND last_sent >= occurred_at - to_microseconds(getvariable('machine_fast_us'))
    UNION ALL
    SELECT m.rid, 'privacy_proxy'
    FROM mails AS m
    JOIN (SELECT user_agent FROM user_agents WHERE is_proxy AND getvariable('machine_privacy_proxies')) AS a USING (user_agent)
    WHERE m.event_name = 'email_opened'
    UNION ALL
    SELECT e.rid, 'user_agent'
    FROM good_events AS e
    JOIN (SELECT user_agent FROM user_agents WHERE is_bot AND getvariable('machine_user_agents')) AS a USING (user_agent)
    WHERE e.actor <> 'company' OR e.event_name = 'email_opened'
)

SELECT rid, list(rule ORDER BY rule) AS rules
FROM found
GROUP BY rid
