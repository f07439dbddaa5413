"""Supervised worker processes: hard deadlines, crash isolation, replacement.

Files by process: ``pool.py``, ``batch.py`` and ``handles.py`` run in the dispatcher's process, ``zygote.py`` in a clean
process that loads the suite once and forks workers in milliseconds, ``worker.py`` in the workers. ``protocol.py`` has
the messages between them.
Processes share no semaphore, lock or memory, which AWS Lambda does not have.
"""

from rlvr.workers.pool import Workers, workers_of

__all__ = ["Workers", "workers_of"]
