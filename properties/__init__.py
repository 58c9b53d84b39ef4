"""What every correct implementation satisfies, one module a system."""
