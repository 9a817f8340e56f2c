"""Beam stages: thin transforms, one file each."""
