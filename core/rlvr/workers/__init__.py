"""Supervised worker processes: hard deadlines, crash isolation, recycling.

``zygote.py`` is a clean process that loads the suite once and forks workers in milliseconds; ``pool.py`` feeds the
workers over socket pairs, watches their deadlines, and kills and replaces them.
No semaphore, lock or shared memory between processes, which AWS Lambda does not have.
"""

from rlvr.workers.pool import Workers, workers_of

__all__ = ["Workers", "workers_of"]
