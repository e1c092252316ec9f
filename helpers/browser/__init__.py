"""The browser side of panels, quizzes, and progress: JavaScript, CSS, and the classes that load them."""
