// The button that packs a learner's answers. The kernel packs them, and says what it did.

export default { render };

function render({ model, el, signal }) {
    const onkeydown = (event) => event.key === "Enter" && pack();
    const name = make("input", { type: "text", autocomplete: "name", spellcheck: "false", maxlength: "80", onkeydown });
    const button = make("button", { onclick: pack }, "Pack my answers");
    const said = make("span", { role: "status" });
    let alive = true;

    function pack() {
        if (!alive) return;
        say(said, "Waiting for the kernel…");
        model.send({ pack: name.value });
    }

    function end() {
        alive = false;
        button.setAttribute("aria-disabled", "true");
        say(said, "The kernel has ended: run this cell again (Shift+Enter).");
    }

    el.append(make("p", { class: "course-hand-in" }, make("label", {}, "Your name", name), button, said));
    model.on("msg:custom", (message) => say(said, message.said));
    settleIn({ model, el, signal, ended: end });
}
