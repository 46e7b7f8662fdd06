"""The operator's tools. They run where people are, and are never a part of the layer."""
