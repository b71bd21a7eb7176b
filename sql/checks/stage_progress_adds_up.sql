-- Whoever is at risk on a day went on, dropped, is cut off by as_of, or is at risk on the next; incidences lie within their
-- intervals, never fall, and never exceed the whole together
-- (but for rounding).
SELECT *
FROM (
    SELECT
        *,
        lead(at_risk) OVER days AS at_risk_next,
        lag(advanced_incidence) OVER days AS advanced_before,
        lag(dropped_incidence) OVER days AS dropped_before
    FROM stage_progress
    WINDOW days AS (PARTITION BY segment, segment_value, stage_rank ORDER BY day)
)
WHERE at_risk - advanced - dropped - censored <> coalesce(at_risk_next, 0)
   OR advanced_incidence + dropped_incidence > 1 + 1e-9
   OR advanced_incidence < advanced_before - 1e-12
   OR dropped_incidence < dropped_before - 1e-12
   OR NOT coalesce(advanced_incidence BETWEEN advanced_low - 1e-12 AND advanced_high + 1e-12, true)
   OR NOT coalesce(dropped_incidence BETWEEN dropped_low - 1e-12 AND dropped_high + 1e-12, true)
