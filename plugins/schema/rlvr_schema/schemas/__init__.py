"""JSON Schemas: where they come from, how they are compiled, and which answers without content they allow."""
