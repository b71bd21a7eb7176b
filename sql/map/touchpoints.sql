-- Where customer and company meet at the stage, by channel group: the share of touches, and three roles: which brings visits in
-- (the visit's first event), which takes them on (the first event of a next visit further on), which was the last in journeys
-- that dropped there. State changes, which meet nobody, have no channel group and are not counted.
-- Counted in `touch_counts`, from all events in their order.
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
                || 'on v.customer_id = e.customer_id and v.position = e.position where v.stage = {0} and e.channel_group is not null{2}'
            WHEN 'takes_on' THEN
                'select count(*) filter (e.channel_group = {1}) / count(*) from events as e join stage_visits as n '
                || 'on n.customer_id = e.customer_id and n.position = e.position '
                || 'join stage_visits as v on v.journey_id = n.journey_id and v.visit_number = n.visit_number - 1 where v.stage = {0} and n.stage_rank > v.stage_rank '
                || 'and e.channel_group is not null{2}'
            ELSE
                'select count(*) filter (last = {1}) / count(*) from (select arg_max(e.channel_group, e.position) as last '
                || 'from events as e join journeys as j on j.journey_id = e.journey_id where j.outcome = ''dropped'' '
                || 'and j.last_stage = {0} and e.actor = ''customer'' and e.channel_group is not null{2} group by e.journey_id)'
        END, sql_text(s.stage), sql_text(c.channel_group), coalesce(' and e.journey_id in ' || m.chosen, '')
    ) AS query
FROM touch_counts AS c
JOIN map_values AS m USING (value_no)
JOIN config_stages AS s USING (stage_rank)
