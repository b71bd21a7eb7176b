-- One row per distinct kind of event: everything about an event that few values tell, so that rules, classes and
-- flags are judged once per kind and not once per event. `rules` has a bit for every stage rule whose events, sources,
-- channels, urls and condition hold (`nth` and `after` are judged later, along each customer's events).
WITH seen AS (
    SELECT
        source_no,
        source,
        event_name,
        channel,
        session_class,
        actor,
        coalesce(background, false) AS background,
        row_rules(
            source, event_name, actor, occurred_at, event_id, channel, account_id, url, path, referrer,
            utm_source, utm_medium, utm_campaign, value, currency, user_agent, device, country, properties,
            utm_campaign
        ) AS row_rules,
        count(*) AS events
    FROM acted_events
    GROUP BY ALL
),

judged AS (
    SELECT
        *,
        row_rules | kind_rules(source, event_name, channel) AS rules,
        is_lost_event(event_name) AND NOT background AS is_lost
    FROM seen
)

SELECT
    hash(source_no, event_name, channel, session_class, actor, background, row_rules) AS kind_hash,
    row_number() OVER (
        ORDER BY source_no, event_name, channel, session_class, actor, background, row_rules
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) - 1 AS kind,
    dense_rank() OVER (ORDER BY event_name) AS name_no,
    j.*,
    NOT is_lost AND NOT background AND actor <> 'machine' AS may_evidence
FROM judged AS j
