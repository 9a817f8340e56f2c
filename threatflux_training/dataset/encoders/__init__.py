"""One file per form of shard; each has `SUFFIXES` (by compression) and `encode`."""
