"""Runs the models: connection, settings, graph of steps, checks, lock and publishing."""
