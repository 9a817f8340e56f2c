"""Tests of the Beam stages."""
