"""Readiness: says of each target whether a request that came in now would stop it, and if not, why not."""
