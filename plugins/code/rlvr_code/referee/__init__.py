"""Code that runs in the process of a referee: it runs the tests against stand-ins for the submission."""
