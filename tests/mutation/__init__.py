"""Faults planted one by one in the modules that must not have any: do the tests notice? Run by `make mutation`."""
