"""The public door: who may send a webhook, and what request it makes."""
