"""Reading JSON: strictly, out of the text around it, and with a few slips of syntax undone."""
