"""Input files to staged files in the common event shape."""
