-- One row per journey and stage it reached: what became of it from there. The rows that `drop_off` adds up.
-- progress_day: whole days until it went on, dropped (a silent drop becomes known at the last engagement plus the timeout, a
-- lost one at its event) or as_of, where it is still open; null where the journey's start was not observed.
-- cohort: the period, in the reporting time zone, in which the journey first was at the stage or beyond.
-- shown_t, beyond_shown_t: when it reached the stage, and came beyond it, as visits show it: date-only events at their day's beginning.
WITH reaches AS (
    SELECT
        r.journey_no, r.stage_rank, r.pos, r.reached_t, r.is_date_only,
        n.pos AS beyond_pos,
        n.reached_t AS beyond_t,
        n.is_date_only AS beyond_is_date_only
    FROM stage_reaches AS r
    LEFT JOIN stage_reaches AS n ON n.journey_no = r.journey_no AND n.stage_rank = r.stage_rank + 1
)

SELECT
    r.journey_no,
    j.ck,
    r.stage_rank,
    r.reached_t,
    j.furthest_rank > r.stage_rank AS is_advanced,
    j.furthest_rank = r.stage_rank AND j.outcome = 'dropped' AS is_dropped,
    j.furthest_rank = r.stage_rank AND j.outcome = 'open' AS is_open,
    j.outcome = 'dropped' AND j.last_rank = r.stage_rank AS is_left_from,
    c.as_of_us - r.reached_t >= getvariable('horizon') AS is_mature,
    CASE
        WHEN NOT j.start_observed THEN NULL
        -- one event that skips the stage takes no time; two of which a date is all that is known may take any
        WHEN r.beyond_pos = r.pos THEN 0
        WHEN (r.is_date_only OR r.beyond_is_date_only) AND r.beyond_t - r.reached_t < 86400000000 THEN NULL
        ELSE r.beyond_t - r.reached_t
    END AS advance_us,
    CASE WHEN j.start_observed THEN (
        CASE
            WHEN r.beyond_t IS NOT NULL THEN r.beyond_t
            WHEN j.outcome = 'dropped' AND j.is_lost THEN j.ended_t
            WHEN j.outcome = 'dropped' THEN j.last_t + getvariable('journey_timeout')
            ELSE greatest(c.as_of_us, r.reached_t)
        END - r.reached_t
    ) // 86400000000 END::INTEGER AS progress_day,
    cohort_of(make_timestamp(r.reached_t)) AS cohort,
    coalesce(epoch_us(d.occurred_at), r.reached_t) AS shown_t,
    coalesce(epoch_us(b.occurred_at), r.beyond_t) AS beyond_shown_t
FROM reaches AS r
JOIN journey_ends AS j USING (journey_no)
LEFT JOIN date_only_times AS d ON d.ck = j.ck AND d.t = r.reached_t AND r.is_date_only
LEFT JOIN date_only_times AS b ON b.ck = j.ck AND b.t = r.beyond_t AND r.beyond_is_date_only
CROSS JOIN run_clock AS c
