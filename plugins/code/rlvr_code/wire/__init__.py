"""Data that crosses between processes: messages, the values in them, and the kinds of outcomes.

Every process imports this room; it imports the standard library only.
"""
