"""Games in stages over a grid of public states, solved backwards and played forwards."""
