"""The public entry point: who may send a webhook, and what request it makes."""
