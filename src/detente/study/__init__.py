"""Cases solved over what is uncertain: draws, runs, verdicts."""
