"""What `make bench` measures: a module for each subject, with its parts, and the tools that they share.

Imports nothing, since worker processes import `benchmarks.work`.
"""
