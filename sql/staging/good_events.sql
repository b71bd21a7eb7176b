-- materialized: view
-- Every staged event row that could be read and is not in the future: what the duplicate rule judges.
-- `future` is judged here and not when a file is read, because it depends on the run's clock and so must be judged
-- again at every run. `staged_rows` is the view over the staged Parquet files that ingest leaves behind.
SELECT *
FROM staged_rows
WHERE reason IS NULL
  AND ignored IS NULL
  AND occurred_at <= getvariable('latest_allowed')
