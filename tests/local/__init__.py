"""The local cloud: the SDRS simulator, an embedded AWS, and this project deployed on it. Used by tests and demo alike."""
