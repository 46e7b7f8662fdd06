"""The parts of each function, made from its settings: one module per function, and modules of shared parts."""
