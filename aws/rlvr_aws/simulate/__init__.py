"""Simulation of the platforms on this machine: their calls to the function, checked, timed and priced."""
