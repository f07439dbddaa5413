"""The request of a judge: what is material, and what is an instruction."""
