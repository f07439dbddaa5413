"""Personal data, secrets and canaries in a text."""
