"""Calls to AWS: the account and region, requests, plans of changes, ARNs, and what all commands share."""
