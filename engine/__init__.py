"""With high probability: a correctness oracle for randomised algorithms and for learned ones."""

__version__ = "0.1.0"
