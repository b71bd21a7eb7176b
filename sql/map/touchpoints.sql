-- Where customer and company meet at the stage, by channel group: the share of touches, and three roles: which brings visits in
-- (the visit's first event), which takes them on (the first event of a next visit further on), which was the last in journeys
-- that dropped there. State changes, which meet nobody, have no channel group and are not counted.
WITH touches AS (
    SELECT journey_id, stage, channel_group, count(*) AS n
    FROM events
    WHERE actor = 'customer' AND stage IS NOT NULL AND channel_group IS NOT NULL
    GROUP BY journey_id, stage, channel_group
),

-- the stage a visit comes from, where that is one of its journey
visits_from AS (
    SELECT pos, stage_rank, journey_no, CASE WHEN visit_number > 1 THEN lag(stage_rank) OVER () END AS from_rank
    FROM visits
),

-- one row per journey, so that all roles are counted from one pass over the events
entries AS MATERIALIZED (
    SELECT e.channel_group, v.stage_rank, v.from_rank, v.journey_no, count(*) AS n
    FROM events AS e
    JOIN visits_from AS v ON v.pos = e.position
    WHERE e.channel_group IS NOT NULL
    GROUP BY ALL
),

roles AS (
    SELECT stage_rank, 'brings_in' AS metric, channel_group, journey_no, sum(n)::BIGINT AS n
    FROM entries
    GROUP BY stage_rank, channel_group, journey_no
    UNION ALL
    SELECT from_rank AS stage_rank, 'takes_on' AS metric, channel_group, journey_no, sum(n)::BIGINT AS n
    FROM entries
    WHERE stage_rank > from_rank
    GROUP BY from_rank, channel_group, journey_no
),

lasts AS (
    SELECT e.journey_id, any_value(j.last_stage) AS stage, arg_max(e.channel_group, e.position) AS channel_group
    FROM events AS e
    JOIN (SELECT journey_id, last_stage FROM journeys WHERE outcome = 'dropped') AS j USING (journey_id)
    WHERE e.actor = 'customer' AND e.channel_group IS NOT NULL
    GROUP BY e.journey_id
),

-- one row of a customer with one journey is one customer; who has several is told by the party
combined AS (
    SELECT s.stage_rank, 'share_of_touches' AS metric, t.channel_group, j.combination, j.party, sum(t.n) AS n, count(*) AS customers
    FROM touches AS t
    JOIN journey_links AS j USING (journey_id)
    JOIN config_stages AS s USING (stage)
    GROUP BY ALL
    UNION ALL
    SELECT r.stage_rank, r.metric, r.channel_group, j.combination, j.party, sum(r.n) AS n, count(*) AS customers
    FROM roles AS r
    JOIN journey_parties AS j USING (journey_no)
    GROUP BY ALL
    UNION ALL
    SELECT s.stage_rank, 'last_before_drop_off' AS metric, l.channel_group, j.combination, j.party, count(*) AS n, count(*) AS customers
    FROM lasts AS l
    JOIN journey_links AS j USING (journey_id)
    JOIN config_stages AS s USING (stage)
    GROUP BY ALL
),

counted AS (
    SELECT
        v.value_no, c.stage_rank, c.metric, c.channel_group,
        sum(c.n)::BIGINT AS n,
        (coalesce(sum(c.customers) FILTER (c.party IS NULL), 0) + count(DISTINCT c.party))::BIGINT AS customers
    FROM combined AS c
    JOIN map_sums AS v USING (combination)
    GROUP BY ALL
)

SELECT
    c.value_no,
    c.stage_rank,
    c.channel_group AS item,
    c.metric,
    c.n / sum(c.n) OVER (PARTITION BY c.value_no, c.stage_rank, c.metric) AS value,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    c.customers,
    c.customers AS behind,
    c.n::DOUBLE AS score,
    format(
        CASE c.metric
            WHEN 'share_of_touches' THEN
                'select count(*) filter (channel_group = {1}) / count(*) from events as e where actor = ''customer'' and stage = {0} '
                || 'and channel_group is not null{2}'
            WHEN 'brings_in' THEN
                'select count(*) filter (e.channel_group = {1}) / count(*) from events as e join stage_visits as v '
                || 'on v.position = e.position where v.stage = {0} and e.channel_group is not null{2}'
            WHEN 'takes_on' THEN
                'select count(*) filter (e.channel_group = {1}) / count(*) from events as e join stage_visits as n '
                || 'on n.position = e.position join stage_visits as v on v.journey_id = n.journey_id '
                || 'and v.visit_number = n.visit_number - 1 where v.stage = {0} and n.stage_rank > v.stage_rank '
                || 'and e.channel_group is not null{2}'
            ELSE
                'select count(*) filter (last = {1}) / count(*) from (select arg_max(e.channel_group, e.position) as last '
                || 'from events as e join journeys as j on j.journey_id = e.journey_id where j.outcome = ''dropped'' '
                || 'and j.last_stage = {0} and e.actor = ''customer'' and e.channel_group is not null{2} group by e.journey_id)'
        END, sql_text(s.stage), sql_text(c.channel_group), coalesce(' and e.journey_id in ' || m.chosen, '')
    ) AS query
FROM counted AS c
JOIN map_values AS m USING (value_no)
JOIN config_stages AS s USING (stage_rank)
