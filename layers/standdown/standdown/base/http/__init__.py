"""HTTP exchanges under one total deadline."""
