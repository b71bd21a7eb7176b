"""The command `journey`: one file per command. Arguments, output and exit codes; no analysis."""
