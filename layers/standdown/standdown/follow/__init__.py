"""The poller's work: look at the job, judge what was seen, say when to look again."""
