// What all widgets of the course have in common. The other files come after this one.

/** Return a new element: make("p", { class: "a" }, "text", another element). A function is a listener: { onclick }. */
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

/** Set an element's text, unless it has it already: what changes is read out by screen readers. */
function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/** Make `el` the home of a widget: keep its keys to itself, and bring it into view once. Calls `ended` when the kernel
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
    const whole = model.set({}); // returns the model behind the part of it that anywidget shows us
    if (!whole?.comm) return;
    try {
        await whole._handle_comm_msg({ content: { data: {} } }); // asks for nothing
    } catch {
        const { _handle_comm_msg: handle } = Object.getPrototypeOf(Object.getPrototypeOf(whole)); // ipywidgets' own
        whole.comm.on_msg((message) => handle.call(whole, message));
        whole.comm.send({ method: "request_state" }, {}); // to catch up
    }
}

/** Keep JupyterLab's shortcuts of a single key, such as "x" for cutting a cell, from what has the focus in `el`.
 * Those with Ctrl or Cmd, such as Ctrl+S, still reach it. */
function keepKeys(el, signal) {
    const decide = (event) => {
        // on the target itself: JupyterLab looks whether that matches before it looks at what is around it
        const lets = event.ctrlKey || event.metaKey;
        if (el.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", !lets);
    };
    window.addEventListener("keydown", decide, { capture: true, signal }); // before JupyterLab's own listener
}

/** Call `ended` once when the kernel that made the widget has ended or was restarted, or is not there at all. */
function watchKernel(model, signal, ended) {
    const now = () => model.widget_manager?.kernel?.id;
    const begun = now();
    const hosted = model.widget_manager && "kernel" in model.widget_manager; // other front ends may not tell
    const tell = () => {
        clearInterval(clock);
        model.off("comm_live_update", tell);
        ended();
    };
    const look = () => now() !== begun && tell();
    const clock = setInterval(look, 1000); // of a shutdown there is no event
    signal.addEventListener("abort", () => clearInterval(clock));
    model.on("comm_live_update", tell);
    if (hosted && !begun) tell();
}

/** Scroll until the top of `el` is in view, if its cell was run just now by Shift+Enter or Ctrl+Enter. JupyterLab too
 * scrolls, to the next cell, and moves things as it draws cells. So look for two seconds, or until the learner acts. */
function bringIntoView(el, signal) {
    const done = new AbortController();
    const stop = () => done.abort();
    const look = () => {
        const cell = el.closest(".jp-Cell");
        if (!cell?.parentElement) return; // not shown yet, or scrolled away, or apart from the notebook
        const cells = [...cell.parentElement.querySelectorAll(":scope > .jp-Cell")];
        const active = cells.findIndex((one) => one.classList.contains("jp-mod-active"));
        const steps = active - cells.indexOf(cell);
        // Run All leaves the last cell active, and the notebook's end in view
        if (steps !== 0 && (steps !== 1 || active === cells.length - 1)) return stop();
        const view = cell.closest(".jp-WindowedPanel-outer, .jp-Notebook").getBoundingClientRect();
        const { top, bottom } = el.getBoundingClientRect();
        if (top < view.top || bottom > view.bottom) el.scrollIntoView({ block: "start" });
    };
    const clock = setInterval(look, 100);
    const end = setTimeout(stop, 2000);
    signal.addEventListener("abort", stop);
    done.signal.addEventListener("abort", () => [clock, end].forEach(clearTimeout));
    for (const does of ["wheel", "pointerdown", "keydown"])
        window.addEventListener(does, stop, { capture: true, signal: done.signal });
}
