"""Check what a class has handed in: `python -m helpers.grading FOLDER`. It runs the learners' programs."""
