-- Where customer and company meet at the stage, by channel group: the share of touches, and three roles: which brings visits in
-- (the visit's first event), which takes them on (the first event of a next visit further on), which was the last in journeys
-- that dropped there. State changes, which meet nobody, have no channel group and are not counted.
WITH touches AS (
    SELECT stage, 'share_of_touches' AS metric, channel_group, count(*) AS n, count(DISTINCT customer_id) AS customers
    FROM events
    WHERE actor = 'customer' AND stage IS NOT NULL AND channel_group IS NOT NULL
    GROUP BY stage, channel_group
),

-- the stage a visit comes from, where that is one of its journey
visits_from AS (
    SELECT pos, stage_rank, ck, CASE WHEN visit_number > 1 THEN lag(stage_rank) OVER () END AS from_rank
    FROM visits
),

-- one row per customer, so that all roles are counted from one pass over the events
entries AS MATERIALIZED (
    SELECT e.channel_group, v.stage_rank, v.from_rank, v.ck, count(*) AS n
    FROM events AS e
    JOIN visits_from AS v ON v.pos = e.position
    WHERE e.channel_group IS NOT NULL
    GROUP BY ALL
),

roles AS (
    SELECT stage_rank, 'brings_in' AS metric, channel_group, sum(n)::BIGINT AS n, count(DISTINCT ck) AS customers
    FROM entries
    GROUP BY stage_rank, channel_group
    UNION ALL
    SELECT from_rank AS stage_rank, 'takes_on' AS metric, channel_group, sum(n)::BIGINT AS n, count(DISTINCT ck) AS customers
    FROM entries
    WHERE stage_rank > from_rank
    GROUP BY from_rank, channel_group
),

steps AS (
    SELECT s.stage, r.metric, r.channel_group, r.n, r.customers
    FROM roles AS r
    JOIN config_stages AS s USING (stage_rank)
),

lasts AS (
    SELECT j.last_stage, e.journey_id, arg_max(e.channel_group, e.position) AS channel_group, any_value(e.customer_id) AS customer_id
    FROM events AS e
    JOIN (SELECT journey_id, last_stage FROM journeys WHERE outcome = 'dropped') AS j USING (journey_id)
    WHERE e.actor = 'customer' AND e.channel_group IS NOT NULL
    GROUP BY j.last_stage, e.journey_id
),

counted AS (
    SELECT * FROM touches
    UNION ALL
    SELECT * FROM steps
    UNION ALL
    SELECT last_stage AS stage, 'last_before_drop_off' AS metric, channel_group, count(*) AS n, count(DISTINCT customer_id) AS customers
    FROM lasts
    GROUP BY last_stage, channel_group
)

SELECT
    s.stage_rank,
    c.channel_group AS item,
    c.metric,
    c.n / sum(c.n) OVER (PARTITION BY c.stage, c.metric) AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    c.customers,
    c.customers AS behind,
    c.n::DOUBLE AS score,
    format(
        CASE c.metric
            WHEN 'share_of_touches' THEN
                'select count(*) filter (channel_group = {1}) / count(*) from events where actor = ''customer'' and stage = {0} '
                || 'and channel_group is not null'
            WHEN 'brings_in' THEN
                'select count(*) filter (e.channel_group = {1}) / count(*) from events as e join stage_visits as v '
                || 'on v.position = e.position where v.stage = {0} and e.channel_group is not null'
            WHEN 'takes_on' THEN
                'select count(*) filter (e.channel_group = {1}) / count(*) from events as e join stage_visits as n '
                || 'on n.position = e.position join stage_visits as v on v.journey_id = n.journey_id '
                || 'and v.visit_number = n.visit_number - 1 where v.stage = {0} and n.stage_rank > v.stage_rank '
                || 'and e.channel_group is not null'
            ELSE
                'select count(*) filter (last = {1}) / count(*) from (select arg_max(e.channel_group, e.position) as last '
                || 'from events as e join journeys as j on j.journey_id = e.journey_id where j.outcome = ''dropped'' '
                || 'and j.last_stage = {0} and e.actor = ''customer'' and e.channel_group is not null group by e.journey_id)'
        END, sql_text(c.stage), sql_text(c.channel_group)
    ) AS query
FROM counted AS c
JOIN config_stages AS s USING (stage)
