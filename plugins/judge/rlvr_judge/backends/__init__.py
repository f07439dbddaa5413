"""The wires to models: each sends one request and reads one reply."""
