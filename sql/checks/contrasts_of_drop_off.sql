-- A contrast sets beside each other what drop_off says: the value's own rate, and all that remains of the whole; the difference lies in
-- its interval, adjusting lowers no p-value, and nothing small is tested.
SELECT c.segment, c.segment_value, c.stage, c.judged, c.rest_judged, c.rate, c.rest_rate
FROM contrasts AS c
LEFT JOIN drop_off AS g USING (segment, segment_value, stage)
LEFT JOIN drop_off AS w ON w.segment = 'all' AND w.stage = c.stage
WHERE NOT coalesce(
    NOT g.is_small
    AND c.judged = g.mature_dropped + g.mature_advanced
    AND c.rate = g.drop_off_rate
    AND c.judged + c.rest_judged = w.mature_dropped + w.mature_advanced
    AND abs(c.rate * c.judged + c.rest_rate * c.rest_judged - w.mature_dropped) < 1e-6 * (1 + w.mature_dropped)
    AND abs(c.difference - (c.rate - c.rest_rate)) < 1e-9
    AND c.difference BETWEEN c.low - 1e-9 AND c.high + 1e-9
    AND c.p_value BETWEEN 0 AND c.p_adjusted
    AND c.p_adjusted <= 1
    AND c.survives = (c.p_adjusted <= 0.05),
    false
)

UNION ALL

SELECT c.segment, c.segment_value, c.stage, count(*), NULL, NULL, NULL
FROM contrasts AS c
GROUP BY c.segment, c.segment_value, c.stage
HAVING count(*) > 1
