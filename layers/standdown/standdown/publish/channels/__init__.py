"""The ways on which an outcome leaves: SNS, EventBridge, signed webhooks."""
