-- What customers do at the stage: the share of its visits in which they do it, and the lift, that share over the share in the
-- visits to all other stages.
WITH of_visits AS (
    SELECT v.stage_rank, p.combination, count(*) AS visits
    FROM visits AS v
    JOIN journey_parties AS p USING (journey_no)
    GROUP BY v.stage_rank, p.combination
),

totals AS (
    SELECT
        s.value_no, v.stage_rank,
        sum(v.visits)::DOUBLE AS visits,
        sum(sum(v.visits)) OVER (PARTITION BY s.value_no)::DOUBLE AS all_visits
    FROM of_visits AS v
    JOIN map_sums AS s USING (combination)
    GROUP BY s.value_no, v.stage_rank
),

done AS (
    SELECT
        s.value_no, a.stage_rank, a.event_name,
        sum(a.visits)::BIGINT AS visits,
        (coalesce(sum(a.customers) FILTER (a.party IS NULL), 0) + count(DISTINCT a.party))::BIGINT AS customers
    FROM visit_actions AS a
    JOIN map_sums AS s USING (combination)
    GROUP BY s.value_no, a.stage_rank, a.event_name
),

shares AS (
    SELECT
        a.value_no, a.stage_rank, s.stage, a.event_name, a.customers,
        a.visits / t.visits AS share,
        (sum(a.visits) OVER (PARTITION BY a.value_no, a.event_name) - a.visits) / nullif(t.all_visits - t.visits, 0) AS share_elsewhere
    FROM done AS a
    JOIN totals AS t USING (value_no, stage_rank)
    JOIN config_stages AS s USING (stage_rank)
),

counts AS (
    SELECT
        h.*,
        'select count(distinct (v.journey_id, v.visit_number)) / (select count(*) from stage_visits where stage {0} {1}{3}) '
        || 'from events as e asof join stage_visits as v on v.journey_id = e.journey_id and e.position >= v.position '
        || 'where e.actor = ''customer'' and e.event_name = {2} and v.stage {0} {1}{4}' AS form,
        coalesce(' and journey_id in ' || m.chosen, '') AS chosen,
        coalesce(' and e.journey_id in ' || m.chosen, '') AS chosen_events
    FROM shares AS h
    JOIN map_values AS m USING (value_no)
),

queries AS (
    SELECT
        *,
        format(form, '=', sql_text(stage), sql_text(event_name), chosen, chosen_events) AS here,
        format(form, '<>', sql_text(stage), sql_text(event_name), chosen, chosen_events) AS elsewhere
    FROM counts
)

SELECT
    value_no, stage_rank, event_name AS item, 'share_of_visits' AS metric, share AS value,
    NULL::DOUBLE AS low, NULL::DOUBLE AS high, customers, customers AS behind, share AS score, here AS query
FROM queries

UNION ALL

SELECT
    value_no, stage_rank, event_name AS item, 'lift' AS metric, share / share_elsewhere AS value,
    NULL::DOUBLE AS low, NULL::DOUBLE AS high, customers, customers AS behind, share AS score,
    concat('select (', here, ') / (', elsewhere, ')') AS query
FROM queries
WHERE share_elsewhere > 0
