-- One row per kind of event and stage rule whose events, sources, channels, urls and condition it meets.
SELECT k.kind, r.rule_no, r.stage_rank, r.back, r.is_sequential
FROM event_kinds AS k
JOIN config_rules AS r ON (k.rules >> r.rule_no) & 1 = 1
