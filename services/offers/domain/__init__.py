"""What is offered to whom and why: profiles, rules, policies, scores, experiments. Pure."""
