-- Pages and campaigns seen at the stage by most journeys, and how many of those that saw them went on, among mature journeys.
-- Who sees a page differs from who does not in more than the page: this is an association, not an effect.
WITH seen AS (
    SELECT stage, 'page' AS kind, path AS item, journey_id, customer_id
    FROM events
    WHERE actor = 'customer' AND stage IS NOT NULL AND path IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT stage, 'campaign' AS kind, campaign AS item, journey_id, customer_id
    FROM events
    WHERE actor = 'customer' AND stage IS NOT NULL AND campaign IS NOT NULL
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
