"""Subjects that are known to be wrong, one module a system, with the checks that must reject them."""
