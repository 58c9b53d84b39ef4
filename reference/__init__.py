"""The papers as code, one module a system, to be read beside the paper."""
