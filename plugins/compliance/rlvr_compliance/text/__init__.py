"""What several scorers read a text with: the pattern engine, words and sentences, disguises undone, content."""
