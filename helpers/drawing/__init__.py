"""The building blocks of the pictures in `helpers.plots`, `helpers.timelines` and the X-ray."""
