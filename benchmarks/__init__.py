"""Measurements of speed and memory; README.md says which script gives which figure."""
