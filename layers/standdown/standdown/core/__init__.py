"""What the words mean: operation, request, outcome, target; and the decisions over them. Calls nobody."""
