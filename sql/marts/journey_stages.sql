-- rows: many
-- parts: journey_no
-- One row per journey and stage it reached (or passed over): when, and what became of it from there. Any figure of drop_off and
-- stage_progress can be counted again from it.
SELECT
    k.journey_id,
    c.customer_id,
    s.stage,
    f.stage_rank,
    make_timestamp(f.shown_t) AS reached_at,
    CASE
        WHEN s.is_goal THEN 'completed'
        WHEN f.is_advanced THEN 'advanced'
        WHEN f.is_dropped THEN 'dropped'
        ELSE 'open'
    END AS outcome,
    f.is_mature,
    f.progress_day AS days_observed,
    f.advance_us / 1e6 AS seconds_to_advance
FROM reach_facts AS f
JOIN journey_keys AS k USING (journey_no)
JOIN customer_numbers AS c USING (ck)
JOIN config_stages AS s USING (stage_rank)
