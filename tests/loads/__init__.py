"""Sequences of loads on one warehouse, each held against a full rebuild: what the tests of incremental runs share."""
