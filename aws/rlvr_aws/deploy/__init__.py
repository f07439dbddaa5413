"""A deployment: the layer, the function, its roles and its log, as calls to AWS or as a template of them."""
