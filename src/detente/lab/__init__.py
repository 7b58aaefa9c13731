"""The laboratory: a page, served here, on which a case's assumptions are moved and its answer seen."""
