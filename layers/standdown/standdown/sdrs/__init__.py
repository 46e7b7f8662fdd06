"""The SDRS API: client, credentials, models, errors. Knows nothing of AWS, nor of what it is used for."""
