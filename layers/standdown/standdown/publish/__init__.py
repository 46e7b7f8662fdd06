"""The notifier's work: an outcome goes out on every channel, each on its own."""
