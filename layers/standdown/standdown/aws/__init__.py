"""SQS, Step Functions and the function's environment, as the rest sees them."""
