"""From examples to a dataset on disk: plan, blocks, duplicates, shards, manifest. No Beam here."""
