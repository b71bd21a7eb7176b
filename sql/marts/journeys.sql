-- rows: many
-- parts: journey_no
-- One row per journey: a maximal run of one customer's engagement without a silence longer than the timeout and without a
-- lost event inside, with its outcome as of the run's as_of.
SELECT
    k.journey_id,
    c.customer_id,
    j.journey_number,
    coalesce(d.occurred_at, make_timestamp(j.started_t)) AS started_at,
    coalesce(e.occurred_at, make_timestamp(j.ended_t)) AS ended_at,
    j.start_observed,
    m.event_count,
    m.session_count,
    f.stage AS furthest_stage,
    l.stage AS last_stage,
    j.outcome,
    j.is_lost,
    h.stage AS kept_stage,
    m.value
FROM journey_ends AS j
JOIN journey_keys AS k USING (journey_no)
JOIN journey_sums AS m USING (journey_no)
JOIN customer_numbers AS c USING (ck)
JOIN config_stages AS f ON f.stage_rank = j.furthest_rank
JOIN config_stages AS l ON l.stage_rank = j.last_rank
LEFT JOIN config_stages AS h ON h.stage_rank = j.start_rank AND j.starts_kept
LEFT JOIN date_only_times AS d ON d.ck = j.ck AND d.t = j.started_t
LEFT JOIN date_only_times AS e ON e.ck = j.ck AND e.t = j.ended_t
