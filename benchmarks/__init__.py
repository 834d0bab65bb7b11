"""Benchmarks: seconds and ratios, printed; never asserted in a test."""
