// The button that forgets all progress. It asks for confirmation here, then tells the kernel.

export default { render };

function render({ model, el, signal }) {
    const forget = make("button", { onclick: ask }, "Forget my progress");
    const really = make("button", { onclick: doIt }, "Yes, forget it");
    const keep = make("button", { onclick: () => answer("Kept.") }, "No, keep it");
    const said = make("span", { role: "status" });
    let alive = true;

    function ask() {
        if (!alive) return;
        say(said, "Forget all completed exercises and quizzes?");
        offer(really, keep);
        keep.focus();
    }

    function doIt() {
        answer("Waiting for the kernel…");
        model.send({ forget: true });
    }

    function answer(text) {
        const focused = el.contains(document.activeElement);
        say(said, text);
        offer(forget);
        if (focused) forget.focus();
    }

    function offer(...buttons) {
        for (const button of [forget, really, keep]) button.hidden = !buttons.includes(button);
    }

    function end() {
        alive = false;
        forget.setAttribute("aria-disabled", "true");
        answer("The kernel has ended: run this cell again (Shift+Enter).");
    }

    el.append(make("p", { class: "course-forget" }, forget, " ", said, " ", really, " ", keep));
    offer(forget);
    model.on("msg:custom", (message) => answer(message.said));
    settleIn({ model, el, signal, ended: end });
}
