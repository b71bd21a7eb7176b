-- One row per journey: its outline, whether its start was observed, and how it ended.
-- What depends on as_of (open, dropped) and on all customers (since when a source is observed) is derived here, of a journey's own row,
-- and never stored between runs.
SELECT
    j.*,
    j.started_t - epoch_us(p.first_event_at) > getvariable('journey_timeout') AS start_observed,
    CASE
        WHEN j.furthest_rank = (SELECT max(s.stage_rank) FROM config_stages AS s) THEN 'completed'
        WHEN j.is_lost OR c.as_of_us - j.last_t > getvariable('journey_timeout') THEN 'dropped'
        ELSE 'open'
    END AS outcome
FROM journey_outlines AS j
JOIN source_periods AS p ON p.source_no = j.source_no
CROSS JOIN run_clock AS c
