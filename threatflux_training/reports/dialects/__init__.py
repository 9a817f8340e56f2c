"""One module per document shape, each with `matches` and `to_reports`; unwrap.py lists them."""
