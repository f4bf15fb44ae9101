"""Measurements, each against its goal: `make bench`, or `python -m tests.bench a c` for some."""
