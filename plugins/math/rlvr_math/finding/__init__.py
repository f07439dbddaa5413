"""Finding where a completion states its answer, and what takes the answer back."""
