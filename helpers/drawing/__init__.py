"""Behind `helpers.plots` and `helpers.timelines`: what pictures are made of."""
