"""Channel groups: which channel brought a visit or carried a touchpoint, as rules in data files."""
