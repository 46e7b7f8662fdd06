"""The chats of the people who are told: one module for each, loaded only where an endpoint is of its kind."""
