"""Whether two trees are the same answer: exact, by residues, by balls, and by structure."""
