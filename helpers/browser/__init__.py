"""The browser side of panels, quizzes, progress, and the index: JavaScript, CSS, and the classes that load them."""
