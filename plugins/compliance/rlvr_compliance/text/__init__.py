"""Reading of texts for several scorers: the pattern engine, words and sentences, disguises, content."""
