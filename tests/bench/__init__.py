"""`make bench`: how fast, how cheap and how large the stack is, as ratios of things measured in the same run."""
