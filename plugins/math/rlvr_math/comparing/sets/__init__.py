"""Sets of numbers: what intervals, inequalities, memberships, builders and operations on them mean."""
