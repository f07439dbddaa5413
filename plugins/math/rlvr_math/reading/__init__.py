"""From an answer's text to a small typed tree: lexer, parser, tree."""
