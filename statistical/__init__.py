"""What the papers claim of populations of runs, one module a system."""
