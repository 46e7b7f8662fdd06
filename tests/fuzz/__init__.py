"""Coverage-guided fuzzing of every parser and verifier of the intake: `python -m fuzz PARSER SECONDS`."""
