"""What every package stands on: text and time, log, metrics, redaction. Knows nothing of stops."""
