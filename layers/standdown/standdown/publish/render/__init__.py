"""What people and machines read of an outcome, made from the operation alone."""
