"""Every way in: each module turns one kind of event into StopRequests or a named error. No call to anything outside."""
