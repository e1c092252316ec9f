"""Behind `helpers.plots`, `helpers.timelines` and the X-ray of scripts: what pictures are made of."""
