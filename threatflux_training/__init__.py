"""From reports of the file scanner to examples that a model can be tuned on: no Beam here."""
