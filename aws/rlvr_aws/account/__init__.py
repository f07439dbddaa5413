"""Access to AWS: the account, errors, ARNs, checked requests, plans of changes, and what all commands share."""
