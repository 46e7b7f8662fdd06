"""The chats in which outcomes are published: one module for each, loaded only where an endpoint is of its kind."""
