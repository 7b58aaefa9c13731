"""What is asked of a run beyond its draws: why, what drives it, what would change it, how sure it is."""
