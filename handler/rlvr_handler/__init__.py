"""A suite as a reward function in AWS Lambda: events in, results out."""
