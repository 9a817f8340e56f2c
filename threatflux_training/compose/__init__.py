"""How an answer is written: values, sentences, order, form."""
