"""Case files: what one says, how it is read, checked and started, and the language of its claims."""
