"""Behind `helpers.runs`: what a run is made of. It imports nothing, since every spawned worker would pay for it."""
