"""Games as files that other solvers read and write."""
