"""Score and decision on examples."""
