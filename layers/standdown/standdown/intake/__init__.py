"""Entry points: each module turns one kind of event into StopRequests or a named error, and calls nothing outside."""
