"""Deployment of the layer, the function, its roles and its log, by calls to AWS or by templates."""
