"""The life of what people send in: submit, revise, claim, reject, promote."""
