"""The sweeper's work: operations that nobody works on any more are finished."""
