-- Completion rate: of the journeys that began in the period at least the horizon before as_of and are decided, the share that
-- reached the goal stage.
SELECT
    value_no,
    period,
    hits / nullif(journeys, 0) AS value,
    hits AS numerator,
    journeys AS denominator,
    effective_n AS effective_n
FROM kpi_journeys
WHERE kpi = 'completion_rate'
