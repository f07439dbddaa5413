"""``rlvr calibrate``: rewards beside the labels of people."""
