"""Behind panels, quizzes and progress: the widgets' side in the browser, as files of JavaScript and CSS."""
