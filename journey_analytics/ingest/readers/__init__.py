"""Readers that account for every row of CSV, JSON, JSON lines and Parquet files."""

from journey_analytics.ingest.readers.model import FileOptions, RawFile, Reject, read_errors
from journey_analytics.ingest.readers.read import read_file
from journey_analytics.ingest.readers.scan import Scan, scan
from journey_analytics.ingest.readers.sniff import Sniffed, sniff

__all__ = ["FileOptions", "RawFile", "Reject", "Scan", "Sniffed", "read_errors", "read_file", "scan", "sniff"]
