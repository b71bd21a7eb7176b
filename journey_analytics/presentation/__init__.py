"""Pages from the published warehouse: draws and words what the tables say, and computes no rate."""
