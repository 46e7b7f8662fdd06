"""What each function is made of, put together from its settings: one module per function, and the parts they share."""
