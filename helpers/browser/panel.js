// The pool panel. The values of its controls are kept here; each message to the kernel carries all of them.

const TABS = ["Run", "Predict, then measure", "Compare runs"];
const BUSY = 500; // milliseconds: if the kernel has not answered by then, it is running another cell
const MOST_WORKERS = 16; // shown in a table
const ENDED = "The kernel has ended: run this cell again (Shift+Enter).";
const WAITING = "The kernel is busy with another cell. It will do this as soon as that cell is done.";

class PanelView {
    constructor(model) {
        this.model = model;
        this.sent = 0; // messages
        this.controls = new Map(); // name → a control
        this.tiles = new Tiles();
        this.timeline = new Timeline(this.tiles.root);
        this.sweep = new Sweep();
        this.timeline.then.push((until) => this.tiles.draw(until, goingOn(this.timeline.scene, until)));
        this.form = make("div", { class: "controls" });
        this.code = make("pre", { tabindex: "0", "aria-label": "the program that Run runs" });
        this.label = make("span", { class: "label" });
        this.run = make("button", { type: "button", class: "main", onclick: () => this.press(this.run, "run") }, "▶ Run");
        this.cancel = make("button", { type: "button", onclick: () => this.press(this.cancel, "cancel") }, "■ Cancel");
        this.bar = make("progress", { max: 1, "aria-label": "progress of the run" });
        this.count = make("span", { class: "count" });
        this.takes = make("span", { class: "takes" });
        this.going = make("div", { class: "how-far" }, this.bar, this.count, this.takes);
        this.status = make("div", { class: "status", role: "status" });
        this.runTab = new RunTab(this.timeline, this.tiles, model.get("parts"));
        this.predictTab = new PredictTab(model.get("sizes"), this.sweep, (expected) => this.press(this.predictTab.measure, "measure", { expected }));
        this.compareTab = make("div", { class: "scrolls comparison" }, "Finished runs appear here, so you can compare them.");
        this.tabs = new Tabs(TABS, [this.runTab.root, this.predictTab.root, this.compareTab], (number) => number === 2 && this.send("compare"));
        this.parts = [
            this.form,
            make("div", { class: "program" }, this.label, this.code),
            make("div", { class: "buttons" }, this.run, this.cancel, this.going),
            this.status,
            ...this.tabs.parts,
        ];
        const shows = {
            form: () => this.showForm(), running: () => this.showRunning(), status: () => this.showStatus(),
            count: () => this.showCount(), share: () => this.showCount(), view: () => this.tabs.select(model.get("view")),
            picture: () => this.showPicture(), tiles: () => this.showTiles(), sweep: () => this.sweep.show(model.get("sweep")),
            comparison: () => this.showComparison(),
        };
        for (const [name, show] of Object.entries(shows)) {
            model.on(`change:${name}`, show);
            show();
        }
        const { state, tiles } = model.get("picture");
        if (state === "live" && tiles) model.send({ do: "tiles" }); // only the newest ones are here
    }

    // --- To the kernel ---

    /** Send the kernel a request, with the values of all controls. */
    send(what, more = {}) {
        const settings = Object.fromEntries([...this.controls].map(([name, control]) => [name, control.value]));
        this.sent += 1;
        this.model.send({ do: what, number: this.sent, settings, ...more });
        clearTimeout(this.wait);
        this.wait = setTimeout(() => say(this.status, WAITING), BUSY);
    }

    press(button, what, more) {
        if (button.getAttribute("aria-disabled") !== "true") this.send(what, more);
    }

    get answered() {
        return (this.model.get("form").number ?? 0) >= this.sent;
    }

    // --- From the kernel ---

    showForm() {
        const { controls, code, takes, measuring } = this.model.get("form");
        if (!controls || !(this.answered || !this.controls.size)) return; // an answer to an earlier message
        clearTimeout(this.wait);
        for (const shown of controls) {
            if (!this.controls.has(shown.name)) this.controls.set(shown.name, new Control(shown, () => this.send("choose")));
            this.controls.get(shown.name).show(shown);
        }
        if (!this.form.children.length) this.form.append(...[...this.controls.values()].map(({ root }) => root));
        say(this.code, code);
        say(this.takes, takes);
        this.predictTab.tell(measuring);
        this.showLabel();
        this.showStatus();
    }

    showRunning() {
        const running = this.model.get("running") && !this.dead;
        enable(this.run, !running && !this.dead);
        enable(this.cancel, running);
        this.predictTab.enable(!running && !this.dead);
        this.bar.hidden = this.count.hidden = !running;
        this.takes.hidden = running || this.dead; // this is about the next run
        if (!running && this.tabs.selected === 2 && !this.dead) this.send("compare");
    }

    showStatus() {
        clearTimeout(this.wait);
        say(this.status, this.dead ? ENDED : this.model.get("status"));
    }

    showCount() {
        const share = this.model.get("share");
        if (share) this.bar.value = share;
        else this.bar.removeAttribute("value");
        say(this.count, this.dead ? "" : this.model.get("count"));
    }

    showPicture() {
        const picture = this.model.get("picture");
        this.runTab.show(picture, this.model.get("before"));
        this.showLabel();
    }

    /** Say which program is shown: the one of the picture, or the one of the next run. */
    showLabel() {
        const { asked } = this.model.get("picture");
        const next = asked !== undefined && asked !== this.model.get("form").code;
        say(this.label, next ? "The program of the next run. The picture below shows an earlier run." : "The program of the run:");
    }

    showTiles() {
        this.tiles.add(this.model.get("tiles"));
    }

    showComparison() {
        if (this.model.get("comparison")) this.compareTab.innerHTML = this.model.get("comparison");
    }

    /** Say that the kernel has ended, and disable everything that needs it. */
    end() {
        this.dead = true;
        clearTimeout(this.wait);
        for (const control of this.controls.values()) control.disable();
        this.showRunning();
        this.showCount();
        this.showStatus();
        this.runTab.end();
    }
}

function enable(button, enabled) {
    button.setAttribute("aria-disabled", !enabled);
}

/** Return the tasks that were running at a moment, each with its worker. */
function goingOn(scene, until) {
    return scene.rows.flatMap((row, number) => row.tasks
        .filter(({ start, end, fill, count }) => count === 1 && start <= until && (end > until || Number.isNaN(fill)))
        .map(({ task }) => ({ task, worker: number + 1 })));
}

/** A control for one setting: a slider over a range or a list of numbers, or a choice of names. */
class Control {
    constructor({ name, kind }, changed) {
        this.kind = kind;
        this.input = kind === "choice" ? make("select") : make("input", { type: "range", step: 1 });
        this.readout = make("output");
        this.label = make("span", { class: "label" });
        this.root = make("label", { class: "control" }, this.label, this.input, ...(kind === "choice" ? [] : [this.readout]));
        this.input.addEventListener("input", () => this.tell());
        this.input.addEventListener("change", changed);
    }

    show({ label, options, value, disabled }) {
        say(this.label, label);
        if (this.kind === "choice" && this.input.length !== options.length) {
            this.input.replaceChildren(...options.map(([name, text]) => make("option", { value: name }, text)));
        }
        this.options = options;
        if (this.kind === "range") [this.input.min, this.input.max] = options;
        if (this.kind === "steps") [this.input.min, this.input.max] = [0, options.length - 1];
        this.input.value = this.kind === "steps" ? options.indexOf(value) : value;
        disable(this.input, disabled);
        this.tell();
    }

    get value() {
        if (this.kind === "choice") return this.input.value;
        return this.kind === "steps" ? this.options[this.input.value] : Number(this.input.value);
    }

    tell() {
        if (this.kind === "choice") return;
        this.readout.value = this.value.toLocaleString("en-US");
        this.input.setAttribute("aria-label", this.label.textContent);
        this.input.setAttribute("aria-valuetext", this.readout.value);
    }

    disable() {
        disable(this.input, true);
    }
}

/** A row of tabs. One page is shown at a time. */
class Tabs {
    constructor(names, pages, then) {
        const id = crypto.randomUUID?.() ?? String(Math.random());
        this.pages = pages;
        this.then = then;
        this.buttons = names.map((name, number) => make("button", {
            type: "button", role: "tab", id: `${id}-tab-${number}`, "aria-controls": `${id}-page-${number}`,
            onclick: () => this.select(number, true),
        }, name));
        pages.forEach((page, number) => {
            const names = { role: "tabpanel", id: `${id}-page-${number}`, "aria-labelledby": `${id}-tab-${number}` };
            for (const [name, value] of Object.entries(names)) page.setAttribute(name, value);
        });
        this.list = make("div", { class: "tabs", role: "tablist", onkeydown: (event) => this.step(event) }, ...this.buttons);
        this.parts = [this.list, ...pages];
        this.select(0);
    }

    select(number, tell = false) {
        this.selected = number;
        this.buttons.forEach((button, place) => {
            button.setAttribute("aria-selected", place === number);
            button.tabIndex = place === number ? 0 : -1;
            this.pages[place].hidden = place !== number;
        });
        if (tell) this.then(number);
    }

    step(event) {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!by) return;
        const number = (this.selected + by + this.buttons.length) % this.buttons.length;
        this.select(number, true);
        this.buttons[number].focus();
    }
}

/** The page for a run: its picture, and where the time went. */
class RunTab {
    constructor(timeline, tiles, parts) {
        this.timeline = timeline;
        this.tiles = tiles;
        this.heading = make("h4");
        this.shares = make("div", { class: "shares", "aria-hidden": "true" });
        this.rows = parts.map(([part, meaning]) => {
            const kind = part.replaceAll(" ", "-");
            const bar = make("span", { class: kind });
            const [time, share] = [make("td"), make("td")];
            const name = make("td", {}, make("i", { class: `swatch ${kind}` }), part);
            this.shares.append(bar);
            return { bar, time, share, row: make("tr", {}, name, time, share, make("td", {}, meaning)) };
        });
        this.going = make("span", { class: "going" });
        this.shares.append(this.going);
        const head = [make("th", { colspan: 2 }, "where the time went"), make("th", {}, "share"), make("th")];
        const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...this.rows.map(({ row }) => row)));
        this.caption = make("p", { class: "caption" });
        this.workers = make("tbody");
        const columns = ["worker", "PID", "tasks", "start-up", "computing", "waiting"].map((text) => make("th", {}, text));
        const workers = make("table", { class: "figures" }, make("thead", {}, make("tr", {}, ...columns)), this.workers);
        this.program = make("pre", { tabindex: "0" });
        this.root = make(
            "div", { class: "run" },
            this.heading, timeline.root,
            make("div", { class: "scrolls" }, this.shares, table),
            this.caption,
            make("details", {}, make("summary", {}, "Each worker in figures"), workers),
            make("details", {}, make("summary", {}, "The program of this run"), this.program),
        );
    }

    show(picture, before) {
        this.picture = picture;
        this.tiles.root.hidden = !picture.tiles;
        if (!picture.workers) return;
        say(this.heading, `Run ${picture.number}. ${titled(picture)}`);
        this.timeline.show(picture, before);
        const whole = picture.spent.reduce((sum, part) => sum + part, picture.going) || 1;
        this.rows.forEach(({ bar, time, share }, place) => {
            const part = picture.spent[place];
            bar.style.flexGrow = part / whole;
            say(time, seconds(part, 2));
            say(share, `${Math.round((100 * part) / whole)}%`);
        });
        this.going.style.flexGrow = picture.going / whole;
        say(this.caption, picture.caption);
        say(this.program, picture.code);
        this.workers.replaceChildren(...picture.workers.slice(0, MOST_WORKERS).map(figuresOf));
    }

    /** The kernel has ended, and a live run with it. */
    end() {
        if (this.picture?.state === "live") this.show({ ...this.picture, state: "ended" }, {});
    }
}

/** Return a worker's figures as a table row. */
function figuresOf({ asked, pid, tasks, ready, computing, waiting }, place) {
    const figures = asked ? [pid, tasks, seconds(ready), seconds(computing), seconds(waiting)] : ["not started", "", "", "", ""];
    return make("tr", {}, ...[place + 1, ...figures].map((figure) => make("td", {}, String(figure))));
}

/** The page for a prediction, and for the measurement to compare with it. */
class PredictTab {
    constructor(sizes, sweep, measure) {
        this.fields = sizes.map((size) => make("input", { inputmode: "decimal", autocomplete: "off", size: 5, oninput: () => this.look() }));
        const fields = sizes.map((size, place) => make("label", {}, `${size} worker${size > 1 ? "s" : ""} `, this.fields[place]));
        this.sizes = sizes;
        this.measure = make("button", { type: "button", class: "main", onclick: () => measure(this.expected) }, "Measure");
        this.hint = make("span", { class: "takes" });
        this.root = make(
            "div", { class: "predict" },
            make("p", {}, "How many times as fast as the serial run will it be? Enter your prediction for each number of workers, then measure."),
            make("div", { class: "fields" }, ...fields), make("div", { class: "buttons" }, this.measure, this.hint), sweep.root,
        );
        this.allowed = true;
        this.measuring = "";
        this.look();
    }

    /** Show about how long measuring takes. */
    tell(measuring) {
        this.measuring = measuring;
        this.look();
    }

    /** The predictions: number of workers → speedup. A decimal comma is accepted. */
    get expected() {
        return Object.fromEntries(this.sizes.map((size, place) => [size, Number(this.fields[place].value.trim().replace(",", ".") || NaN)]));
    }

    enable(allowed) {
        this.allowed = allowed;
        this.look();
    }

    look() {
        const good = Object.values(this.expected).map((figure) => figure >= 0 && figure < 1000);
        this.fields.forEach((field, place) => field.setAttribute("aria-invalid", field.value !== "" && !good[place]));
        const left = good.filter((is) => !is).length;
        enable(this.measure, this.allowed && !left);
        say(this.hint, left ? `${left} prediction${left > 1 ? "s" : ""} to go.` : this.measuring);
    }
}

function render({ model, el, signal }) {
    el.classList.add("course-panel");
    const view = new PanelView(model);
    el.append(...view.parts);
    const theme = new MutationObserver(() => view.timeline.draw()); // CSS does not reach the pixels of the tiles
    theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    signal.addEventListener("abort", () => theme.disconnect());
    settleIn({ model, el, signal, ended: () => view.end() });
}

export default { render };
