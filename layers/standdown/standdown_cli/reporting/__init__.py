"""The report: what operations say of each target's protection over time, as a page and as rows."""
