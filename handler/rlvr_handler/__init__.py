"""The rlvr suite as an AWS Lambda reward function: AWS in, AWS out."""
