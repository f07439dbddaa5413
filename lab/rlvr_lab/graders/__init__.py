"""``rlvr import`` and ``rlvr export``: graders of other systems as suites, and back."""
