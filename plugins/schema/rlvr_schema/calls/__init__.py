"""Tool calls: those that an answer makes, those that a row expects, and the tools that there are."""
