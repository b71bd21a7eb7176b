"""What people configure: journey.yaml, stage models, durations, and how mistakes are told."""
