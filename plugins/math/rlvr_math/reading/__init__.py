"""From an answer's text to a number or a small typed tree, and back to words."""
