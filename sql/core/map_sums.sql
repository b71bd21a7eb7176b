-- One row per combination and number of the map's values: what `summed_values` says, for the values that a map is told of.
SELECT s.combination, s.value_no
FROM summed_values AS s
JOIN map_values AS m USING (value_no)
