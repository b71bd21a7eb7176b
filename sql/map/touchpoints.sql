-- Where customer and company meet at the stage, by channel group: the share of touches, and three roles: which brings visits in
-- (the visit's first event), which takes them on (the first event of a next visit further on), which was the last in journeys
-- that dropped there. State changes, which meet nobody, have no channel group and are not counted.
WITH touches AS (
    SELECT stage, 'share_of_touches' AS metric, channel_group, count(*) AS n, count(DISTINCT customer_id) AS customers
    FROM events
    WHERE actor = 'customer' AND stage IS NOT NULL AND channel_group IS NOT NULL
    GROUP BY stage, channel_group
),

entries AS (
    SELECT v.journey_id, v.visit_number, v.stage, v.stage_rank, e.channel_group, v.customer_id
    FROM events AS e
    JOIN stage_visits AS v ON v.position = e.position
    WHERE e.channel_group IS NOT NULL
),

steps AS (
    SELECT stage, 'brings_in' AS metric, channel_group, count(*) AS n, count(DISTINCT customer_id) AS customers
    FROM entries
    GROUP BY stage, channel_group
    UNION ALL
    SELECT v.stage, 'takes_on' AS metric, n.channel_group, count(*) AS n, count(DISTINCT v.customer_id) AS customers
    FROM entries AS n
    JOIN stage_visits AS v ON v.journey_id = n.journey_id AND v.visit_number = n.visit_number - 1
    WHERE n.stage_rank > v.stage_rank
    GROUP BY v.stage, n.channel_group
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
