-- One row per source: its observation period, first to last accepted event. From the files, so that events are read once.
SELECT source_no, min(first_ordered_at) AS first_event_at, max(last_event_at) AS last_event_at, sum(events)::BIGINT AS events
FROM file_counts
GROUP BY source_no
