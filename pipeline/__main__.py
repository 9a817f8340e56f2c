"""`python -m pipeline`."""

from pipeline.cli import job

if __name__ == "__main__":
    raise SystemExit(job())
