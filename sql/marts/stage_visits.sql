-- by: customer
-- rows: many
-- parts: journey_no
-- One row per stage visit: a maximal run of consecutive engagement of one journey in the same stage, with the rule that
-- fired. Dwell runs to the next visit's first event; the last visit has none.
SELECT
    k.journey_id,
    c.customer_id,
    v.visit_number,
    s.stage,
    v.stage_rank,
    coalesce(d.occurred_at, make_timestamp(v.t)) AS entered_at,
    coalesce(nd.occurred_at, make_timestamp(v.next_t)) AS left_at,
    v.dwell_us / 1e6 AS dwell_seconds,
    -- date-only values stay out of durations under a day; from an event to itself it is 0 whatever is known of its time
    CASE
        WHEN v.event_count = 1 THEN 0
        WHEN (v.is_date_only OR ld.t IS NOT NULL) AND v.last_t - v.t < 86400000000 THEN NULL
        ELSE (v.last_t - v.t) / 1e6
    END AS observed_seconds,
    v.event_count,
    v.pos - c.events_before + 1 AS position,
    r.rule,
    n.stage AS next_stage
FROM visits AS v
JOIN journey_keys AS k USING (journey_no)
JOIN customer_places AS c USING (ck)
JOIN config_stages AS s ON s.stage_rank = v.stage_rank
LEFT JOIN config_stages AS n ON n.stage_rank = v.next_rank
LEFT JOIN config_rules AS r ON r.rule_no = v.rule_no
LEFT JOIN date_only_times AS d ON d.ck = v.ck AND d.t = v.t AND v.is_date_only
LEFT JOIN date_only_times AS ld ON ld.ck = v.ck AND ld.t = v.last_t
LEFT JOIN date_only_times AS nd ON nd.ck = v.ck AND nd.t = v.next_t AND v.next_is_date_only
