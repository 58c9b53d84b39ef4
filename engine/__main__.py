"""`python -m whp` is `whp`."""

from whp.cli import main

main()
