-- One row: the moment that the analysis speaks of. The one asked for, else the earlier of the run's clock and the
-- newest accepted event, so that an old log does not count everybody as long gone.
SELECT
    coalesce(
        getvariable('as_of_asked')::TIMESTAMP,
        least(getvariable('clock')::TIMESTAMP, max(last_event_at)),
        getvariable('clock')::TIMESTAMP
    ) AS as_of,
    max(last_event_at) AS newest_event_at,
    epoch_us(as_of) AS as_of_us
FROM source_periods
