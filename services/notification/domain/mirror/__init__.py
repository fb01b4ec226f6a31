"""What charging's journal says of accounts, as far as customers are told of it: a pure fold, and facts."""
