"""From bytes to scanned files: containers, dialects, identity, merging."""
