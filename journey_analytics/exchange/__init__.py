"""Graphs and events to files that other tools read, and back unchanged. Formats only; nothing is computed here."""
