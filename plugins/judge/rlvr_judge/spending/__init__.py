"""What calls of models cost, and the budget of a run."""
