"""``rlvr serve``: a suite as a service over HTTP, which speaks the contracts of trainers.

::

    request ──service (limits, token, deadline)──▶ contracts ──▶ records ──batcher or thread──▶ rewards ──▶ contracts
"""
