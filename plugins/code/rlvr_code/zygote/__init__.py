"""Code that runs in a zygote, and in each process that it forks until that process is sealed.

Forks become ``inside`` or ``referee``, and both need this code, so it is in neither room. Only ``submissions`` imports
one of them.
"""
