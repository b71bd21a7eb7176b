-- What customers do at the stage: the share of its visits in which they do it, and the lift, that share over the share in the
-- visits to all other stages.
-- Counted in `action_counts`, from all events in their order.
WITH totals AS (
    SELECT value_no, stage_rank, visits::DOUBLE AS visits, sum(visits) OVER (PARTITION BY value_no)::DOUBLE AS all_visits
    FROM action_counts
    WHERE name_no = 0
),

done AS (
    SELECT a.value_no, a.stage_rank, n.event_name, a.visits, a.customers
    FROM action_counts AS a
    JOIN (SELECT DISTINCT name_no, event_name FROM event_kinds) AS n USING (name_no)
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
