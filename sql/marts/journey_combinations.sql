-- rows: many
-- One row per journey: its combination of segment values (`segment_combinations` says what they are). A table of its own, as some
-- segments are told from the finished table of journeys.
SELECT k.journey_id, t.combination
FROM journey_traits AS t
JOIN journey_keys AS k USING (journey_no)
