-- One row per distinct kind of event: everything about an event that few values tell, so that rules, classes and
-- flags are judged once per kind and not once per event. `rules` has a bit for every stage rule whose events, sources,
-- channels, urls and condition hold (`nth` and `after` are judged later, along each customer's events).
-- Kinds and names that an earlier run numbered (`known_kinds`, `known_names`) keep their numbers, for what is kept of events bears them.
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
),

hashed AS (
    SELECT *, hash(source_no, event_name, channel, session_class, actor, background, row_rules) AS kind_hash
    FROM judged
),

names AS (
    SELECT
        n.event_name,
        coalesce(k.name_no, (SELECT coalesce(max(f.name_no), 0) FROM known_names AS f) + row_number() OVER (
            PARTITION BY k.name_no IS NULL ORDER BY n.event_name ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )) AS name_no
    FROM (SELECT DISTINCT event_name FROM hashed) AS n
    LEFT JOIN known_names AS k USING (event_name)
)

SELECT
    h.kind_hash,
    coalesce(k.kind, (SELECT coalesce(max(f.kind), -1) FROM known_kinds AS f) + row_number() OVER (
        PARTITION BY k.kind IS NULL
        ORDER BY source_no, event_name, channel, session_class, actor, background, row_rules
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )) AS kind,
    n.name_no,
    h.* EXCLUDE (kind_hash),
    NOT is_lost AND NOT background AND actor <> 'machine' AS may_evidence
FROM hashed AS h
JOIN names AS n USING (event_name)
LEFT JOIN known_kinds AS k USING (kind_hash)
