"""The blocks that each platform's job needs, made from a function's ARN and checked on this machine."""
