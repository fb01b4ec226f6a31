"""`decide(state, tariffs, command, moment) -> Decided | Refused`: pure, one module a kind of request."""
