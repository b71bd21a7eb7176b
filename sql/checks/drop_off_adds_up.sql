-- For every stage but the goal: reached = advanced + dropped + open, mature counts are part of them; at the goal
-- completed = reached and nobody drops.
SELECT d.*
FROM drop_off AS d
JOIN config_stages AS s USING (stage_rank)
WHERE CASE
    WHEN s.is_goal THEN d.advanced <> d.reached OR d.dropped + d.open + d.left_from <> 0 OR d.drop_off_rate IS NOT NULL
    ELSE d.reached <> d.advanced + d.dropped + d.open
        OR d.mature_reached > d.reached
        OR d.mature_advanced > d.advanced
        OR d.mature_dropped > d.dropped
        OR d.mature_reached < d.mature_advanced + d.mature_dropped
        OR d.customers > d.reached
        OR NOT coalesce(d.drop_off_rate BETWEEN d.rate_low AND d.rate_high, d.drop_off_rate IS NULL)
END
