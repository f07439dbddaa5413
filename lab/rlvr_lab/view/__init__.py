"""``rlvr view``: a run as one HTML file, with the findings first."""
