"""OpenAPI: is a described response what an operation of a document promises?"""
