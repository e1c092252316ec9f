// What all widgets of the course share. The other files come after this one.

/** Return a new element: make("p", { class: "a" }, "text", otherElement). Functions become listeners: { onclick }. */
function make(tag, attributes = {}, ...children) {
    const svg = ["svg", "path", "rect", "text", "line", "g", "circle", "polyline"].includes(tag);
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(name.slice(2), value);
        else if (value !== null && value !== false) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
}

/** Set an element's text if it differs: screen readers read out every change. */
function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/** Disable an input, or wait until it has lost the focus: without an element that has it, the learner's next keys would
 * be shortcuts of JupyterLab's. */
function disable(input, disabled) {
    input.onblur = () => input.disabled = disabled;
    input.disabled = disabled && !input.matches(":focus");
}

/** Set up `el` for a widget: keep its keystrokes inside it and bring it into view once. Calls `ended` when the kernel
 * has ended. */
function settleIn({ model, el, signal, ended }) {
    el.classList.add("course-widget");
    listenAnyway(model);
    keepKeys(el, signal);
    watchKernel(model, signal, ended);
    bringIntoView(el, signal);
}

/** Let the widget hear the kernel even if this module took long to load, as it does on a busy computer: after two
 * seconds anywidget 0.11 gives up waiting and, without an error, drops every later message to the widget. */
async function listenAnyway(model) {
    const whole = model.set({}); // returns the full model; anywidget passes a part of it
    if (!whole?.comm) return;
    try {
        await whole._handle_comm_msg({ content: { data: {} } }); // an empty message
    } catch {
        const { _handle_comm_msg: handle } = Object.getPrototypeOf(Object.getPrototypeOf(whole)); // ipywidgets' own
        whole.comm.on_msg((message) => handle.call(whole, message));
        whole.comm.send({ method: "request_state" }, {}); // to catch up
    }
}

/** While the focus is in `el`, turn off JupyterLab's single-key shortcuts, such as "x" to cut a cell. Shortcuts with
 * Ctrl or Cmd, such as Ctrl+S, still work. */
function keepKeys(el, signal) {
    const decide = (event) => {
        // set on the target itself: JupyterLab checks the target before its ancestors
        const allowed = event.ctrlKey || event.metaKey;
        if (el.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", !allowed);
    };
    window.addEventListener("keydown", decide, { capture: true, signal }); // ahead of JupyterLab's own listener
}

/** Call `ended` once, when the kernel that made the widget has ended or restarted, or if there is no kernel. */
function watchKernel(model, signal, ended) {
    const now = () => model.widget_manager?.kernel?.id;
    const begun = now();
    const hosted = model.widget_manager && "kernel" in model.widget_manager; // other front ends may not say
    const tell = () => {
        clearInterval(clock);
        model.off("comm_live_update", tell);
        ended();
    };
    const look = () => now() !== begun && tell();
    const clock = setInterval(look, 1000); // a shutdown fires no event
    signal.addEventListener("abort", () => clearInterval(clock));
    model.on("comm_live_update", tell);
    if (hosted && !begun) tell();
}

/** Scroll the top of `el` into view if its cell was just run with Shift+Enter or Ctrl+Enter. JupyterLab scrolls too,
 * to the next cell, and shifts content as it draws cells. So keep checking for two seconds, or until the learner acts. */
function bringIntoView(el, signal) {
    const done = new AbortController();
    const stop = () => done.abort();
    const look = () => {
        const cell = el.closest(".jp-Cell");
        if (!cell?.parentElement) return; // not displayed yet, scrolled far away, or outside the notebook
        const cells = [...cell.parentElement.querySelectorAll(":scope > .jp-Cell")];
        const active = cells.findIndex((one) => one.classList.contains("jp-mod-active"));
        const steps = active - cells.indexOf(cell);
        // Run All leaves the last cell active and the end of the notebook in view
        if (steps !== 0 && (steps !== 1 || active === cells.length - 1)) return stop();
        const view = cell.closest(".jp-WindowedPanel-outer, .jp-Notebook").getBoundingClientRect();
        const { top, bottom } = el.getBoundingClientRect();
        if (top < view.top || bottom > view.bottom) el.scrollIntoView({ block: "start" });
    };
    const clock = setInterval(look, 100);
    const end = setTimeout(stop, 2000);
    signal.addEventListener("abort", stop);
    done.signal.addEventListener("abort", () => [clock, end].forEach(clearTimeout));
    for (const action of ["wheel", "pointerdown", "keydown"])
        window.addEventListener(action, stop, { capture: true, signal: done.signal });
}
