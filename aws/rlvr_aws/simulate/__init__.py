"""``rlvr simulate``: the AWS side on a laptop, around the handler as it is deployed."""
