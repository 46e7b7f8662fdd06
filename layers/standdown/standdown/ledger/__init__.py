"""The record of every operation, and the locks, in one DynamoDB table."""
