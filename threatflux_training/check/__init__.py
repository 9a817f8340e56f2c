"""The independent verifier: reads a dataset and the raw reports, shares no code with what makes examples."""
