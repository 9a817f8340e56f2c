"""Imported before what lives as long as the process: looking for garbage among it would take a seventh of the time of loading."""

import gc

gc.disable()
