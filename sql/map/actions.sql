-- What customers do at the stage: the share of its visits in which they do it, and the lift, that share over the share in the
-- visits to all other stages.
WITH totals AS (
    SELECT stage_rank, count(*)::DOUBLE AS visits, sum(count(*)) OVER ()::DOUBLE AS all_visits
    FROM visits
    GROUP BY stage_rank
),

shares AS (
    SELECT
        a.stage_rank, s.stage, a.event_name, a.customers,
        a.visits / t.visits AS share,
        (sum(a.visits) OVER (PARTITION BY a.event_name) - a.visits) / nullif(t.all_visits - t.visits, 0) AS share_elsewhere
    FROM visit_actions AS a
    JOIN totals AS t USING (stage_rank)
    JOIN config_stages AS s USING (stage_rank)
),

queries AS (
    SELECT
        *,
        format(
            'select count(distinct (v.journey_id, v.visit_number)) / (select count(*) from stage_visits where stage {0} {1}) '
            || 'from events as e asof join stage_visits as v on v.journey_id = e.journey_id and e.position >= v.position '
            || 'where e.actor = ''customer'' and e.event_name = {2} and v.stage {0} {1}', '=', sql_text(stage), sql_text(event_name)
        ) AS here,
        format(
            'select count(distinct (v.journey_id, v.visit_number)) / (select count(*) from stage_visits where stage {0} {1}) '
            || 'from events as e asof join stage_visits as v on v.journey_id = e.journey_id and e.position >= v.position '
            || 'where e.actor = ''customer'' and e.event_name = {2} and v.stage {0} {1}', '<>', sql_text(stage), sql_text(event_name)
        ) AS elsewhere
    FROM shares
)

SELECT
    stage_rank, event_name AS item, 'share_of_visits' AS metric, share AS value,
    NULL::DOUBLE AS low, NULL::DOUBLE AS high, customers, customers AS behind, share AS score, here AS query
FROM queries

UNION ALL

SELECT
    stage_rank, event_name AS item, 'lift' AS metric, share / share_elsewhere AS value,
    NULL::DOUBLE AS low, NULL::DOUBLE AS high, customers, customers AS behind, share AS score,
    concat('select (', here, ') / (', elsewhere, ')') AS query
FROM queries
WHERE share_elsewhere > 0
