"""From a suite to a running reinforcement fine-tuning job on AWS: layers, functions, data, jobs, operations.

boto3 is imported here, in ``session.py``, and nowhere else; the Lambda layer leaves this folder out.
"""
