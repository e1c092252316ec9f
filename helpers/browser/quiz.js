// The quiz. It judges each answer here, at once, even while the kernel is busy, and then tells the kernel.

export default { render };

function render({ model, el, signal }) {
    const all = model.get("asked");
    const score = make("span");
    const ended = make("span");
    let alive = true;

    const asked = all.map((question, place) => {
        const title = `Question ${place + 1} of ${all.length}`;
        return makeQuestion(question, title, (choice) => answer(place, choice));
    });

    function answer(place, choice) {
        asked[place].judge(choice);
        showScore();
        if (alive) model.send({ answer: [place, choice] });
    }

    // The kernel may know more than this page, if the page was reloaded, or less, while it runs a cell.
    function takeOver() {
        model.get("answers").forEach((choices, place) => choices.forEach(asked[place].judge));
        showScore();
    }

    function isNoted() {
        return model.get("answers").every((made, place) => made.some((choice) => all[place].choices[choice].right));
    }

    function showScore() {
        const right = asked.filter((question) => question.isRight()).length;
        say(score, `${right} of ${all.length} answered right.` + (isNoted() ? " The quiz is done." : ""));
    }

    function end() {
        alive = false;
        if (!isNoted()) say(ended, " The kernel has ended, so answers are no longer saved. Run this cell again.");
    }

    el.classList.add("course-quiz");
    el.append(...asked.map((question) => question.element));
    el.append(make("p", { class: "course-score", role: "status" }, score, ended));
    model.on("change:answers", takeOver);
    takeOver();
    settleIn({ model, el, signal, ended: end });
}

/** Make a question with a button for each choice. `answered` is called with the index of the chosen one.
 * Returns the element, `judge(choice)`, which shows whether a choice is right, and `isRight()`. */
function makeQuestion(question, title, answered) {
    const judged = new Set();
    const isCode = question.start_methods.length > 0; // the choices are possible outputs of the program
    const buttons = question.choices.map(({ text }, place) =>
        make("button", { class: isCode ? "course-code" : null, onclick: () => answered(place) }, text),
    );
    const said = question.choices.map(() => make("div", { class: "course-said", role: "status" }));

    function judge(place) {
        const { right, why } = question.choices[place];
        buttons[place].classList.add(right ? "course-right" : "course-wrong");
        const again = right || !question.answered ? "" : ` See “${question.answered}” above.`;
        if (!judged.has(place)) said[place].append(make("b", {}, right ? "✓ Right." : "✗ Not right."), ` ${why}${again}`);
        judged.add(place);
    }

    const element = make(
        "div",
        { class: "course-question", role: "group", "aria-label": `${title}: ${question.asked}` },
        make("div", { class: "course-count" }, title),
        make("b", {}, question.asked),
        ...(question.program ? [make("pre", {}, question.program.trim())] : []),
        ...buttons.flatMap((button, place) => [button, said[place]]),
    );
    return { element, judge, isRight: () => [...judged].some((place) => question.choices[place].right) };
}
