"""The sections of the benchmark, a module a system; what they share stands in measuring.py and twins.py."""
