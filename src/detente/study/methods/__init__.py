"""Methods on arrays of draws: attribution, sensitivity, boxes, nearest points, weights. They know no runs."""
