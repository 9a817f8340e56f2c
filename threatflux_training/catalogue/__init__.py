"""Words as data: personas, questions, phrases, knowledge."""
