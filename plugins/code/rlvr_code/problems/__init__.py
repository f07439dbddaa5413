"""Problems, and the readers that make them of the tests in a record's reference: one module per family of formats.

They run in the scorer's process; the process of a referee imports ``instrument`` only.
"""
