"""The models: one file for each, and the red-line game in a folder. `detente.models` lists them."""
