"""The trigger's work: a request becomes one action at SDRS, at most once."""
