-- Pages and campaigns seen at the stage by most journeys, and how many of those that saw them went on, among mature journeys.
-- Who sees a page differs from who does not in more than the page: this is an association, not an effect.
-- Only the fifty most viewed pages and campaigns of a stage are looked at closely: there may be as many urls as events.
WITH viewed AS (
    SELECT stage, 'page' AS kind, path AS item
    FROM events
    WHERE actor = 'customer' AND stage IS NOT NULL AND path IS NOT NULL
    GROUP BY stage, path
    QUALIFY row_number() OVER (PARTITION BY stage ORDER BY count(*) DESC, path) <= 50
    UNION ALL
    SELECT stage, 'campaign' AS kind, campaign AS item
    FROM events
    WHERE actor = 'customer' AND stage IS NOT NULL AND campaign IS NOT NULL
    GROUP BY stage, campaign
    QUALIFY row_number() OVER (PARTITION BY stage ORDER BY count(*) DESC, campaign) <= 50
),

seen AS (
    SELECT e.stage, v.kind, v.item, e.journey_id, e.customer_id
    FROM events AS e
    JOIN viewed AS v ON v.kind = 'page' AND v.stage = e.stage AND v.item = e.path
    WHERE e.actor = 'customer'
    GROUP BY ALL
    UNION ALL
    SELECT e.stage, v.kind, v.item, e.journey_id, e.customer_id
    FROM events AS e
    JOIN viewed AS v ON v.kind = 'campaign' AND v.stage = e.stage AND v.item = e.campaign
    WHERE e.actor = 'customer'
    GROUP BY ALL
),

most AS (
    SELECT stage, kind, item, count(*) AS journeys
    FROM seen
    GROUP BY stage, kind, item
    QUALIFY row_number() OVER (PARTITION BY stage, kind ORDER BY count(*) DESC, item) <= 8
),

judged AS (
    SELECT
        m.stage, m.kind, m.item, any_value(m.journeys) AS journeys,
        count(DISTINCT w.customer_id) AS customers,
        count(*) FILTER (j.is_mature AND j.outcome IN ('advanced', 'dropped')) AS n,
        count(*) FILTER (j.is_mature AND j.outcome = 'advanced') AS hits
    FROM seen AS w
    JOIN most AS m USING (stage, kind, item)
    JOIN journey_stages AS j ON j.journey_id = w.journey_id AND j.stage = w.stage
    GROUP BY m.stage, m.kind, m.item
)

SELECT
    s.stage_rank,
    g.item,
    concat(g.kind, '_advance') AS metric,
    g.hits / nullif(g.n, 0) AS value,
    wilson_low(g.hits / g.n, least(g.n, g.customers)) AS low,
    wilson_high(g.hits / g.n, least(g.n, g.customers)) AS high,
    g.customers,
    g.n AS behind,
    g.journeys::DOUBLE AS score,
    format(
        'select count(*) filter (outcome = ''advanced'') / nullif(count(*), 0) from journey_stages where stage = {0} and is_mature '
        || 'and outcome in (''advanced'', ''dropped'') and journey_id in (select journey_id from events '
        || 'where actor = ''customer'' and stage = {0} and {2} = {1})',
        sql_text(g.stage), sql_text(g.item), CASE g.kind WHEN 'page' THEN 'path' ELSE 'campaign' END
    ) AS query
FROM judged AS g
JOIN config_stages AS s USING (stage)
WHERE NOT s.is_goal
