"""The trusted side: what the tests are, and what came of each."""
