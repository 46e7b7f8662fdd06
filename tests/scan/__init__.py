"""The template before its scanners: `python -m scan`."""
