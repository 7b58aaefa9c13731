"""The laboratory: a page, served on this machine, on which a case's assumptions are moved and its answer seen."""
