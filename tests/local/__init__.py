"""The local cloud: the SDRS simulator, an embedded AWS, and this project deployed on it; for tests and demo alike."""
