"""Entry points: one module per function; what Lambda gives becomes a call."""
