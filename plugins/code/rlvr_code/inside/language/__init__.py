"""The language layer: what a submission's source may say, and what its names mean.

It turns most attempts into a plain answer ("forbidden: ...") before they run; the boundary is the operating system's
layers and the data flow, which hold without it.
"""
