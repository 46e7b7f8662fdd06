"""The entry points: each module turns one kind of event into StopRequests or a named error. No call to anything outside."""
