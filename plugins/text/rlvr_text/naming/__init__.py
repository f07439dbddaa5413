"""Where a text names a phrase, and whether it says it: whole words and whole numbers, denials, lists of candidates."""
