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
    SELECT e.stage, v.kind, v.item, e.journey_id
    FROM events AS e
    JOIN viewed AS v ON v.kind = 'page' AND v.stage = e.stage AND v.item = e.path
    WHERE e.actor = 'customer'
    GROUP BY ALL
    UNION ALL
    SELECT e.stage, v.kind, v.item, e.journey_id
    FROM events AS e
    JOIN viewed AS v ON v.kind = 'campaign' AND v.stage = e.stage AND v.item = e.campaign
    WHERE e.actor = 'customer'
    GROUP BY ALL
),

combined AS (
    SELECT
        s.stage_rank, w.kind, w.item, j.combination, j.party,
        count(*) AS journeys,
        count(*) FILTER (f.is_mature AND (f.is_advanced OR f.is_dropped)) AS n,
        count(*) FILTER (f.is_mature AND f.is_advanced) AS hits
    FROM seen AS w
    JOIN config_stages AS s USING (stage)
    JOIN journey_links AS j USING (journey_id)
    JOIN reach_facts AS f ON f.journey_no = j.journey_no AND f.stage_rank = s.stage_rank
    WHERE NOT s.is_goal
    GROUP BY s.stage_rank, w.kind, w.item, j.combination, j.party
),

judged AS (
    SELECT
        v.value_no, c.stage_rank, c.kind, c.item,
        sum(c.journeys)::BIGINT AS journeys,
        (coalesce(sum(c.journeys) FILTER (c.party IS NULL), 0) + count(DISTINCT c.party))::BIGINT AS customers,
        sum(c.n)::BIGINT AS n,
        sum(c.hits)::BIGINT AS hits
    FROM combined AS c
    JOIN map_sums AS v USING (combination)
    GROUP BY v.value_no, c.stage_rank, c.kind, c.item
    QUALIFY row_number() OVER (PARTITION BY v.value_no, c.stage_rank, c.kind ORDER BY sum(c.journeys) DESC, c.item) <= 8
)

SELECT
    g.value_no,
    g.stage_rank,
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
        || 'where actor = ''customer'' and stage = {0} and {2} = {1}){3}',
        sql_text(s.stage), sql_text(g.item), CASE g.kind WHEN 'page' THEN 'path' ELSE 'campaign' END,
        coalesce(' and journey_id in ' || m.chosen, '')
    ) AS query
FROM judged AS g
JOIN map_values AS m USING (value_no)
JOIN config_stages AS s USING (stage_rank)
