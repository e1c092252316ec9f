"""What the pictures of `helpers.plots`, `helpers.timelines` and the X-ray are made of."""
