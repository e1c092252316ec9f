// Be the scheduler: a button for each of two processes lets it take its next step.

const BUSY = 1000; // milliseconds: if the kernel has not answered by then, it is running another cell
const WAITING = "The kernel is busy with another cell. It will do this as soon as that cell is done.";
const ENDED = "The kernel has ended, and both processes with it: run this cell again (Shift+Enter).";

export default { render };

function render({ model, el, signal }) {
    const { aim, code, processes } = model.get("program");
    const names = processes.map(({ name }) => name);
    const cards = processes.map((process, number) => makeCard(process, () => ask("step", number)));
    const shared = make("div", { class: "course-shared", role: "group", "aria-label": "shared" });
    const undo = makeButton("Undo", () => ask("undo"));
    const reset = makeButton("Reset", () => ask("reset"));
    const tryAll = makeButton("Try every order", () => ask("try"));
    const reached = make("span", { role: "status" });
    const status = make("p", { class: "course-steps-status", role: "status" });
    const taken = make("div");
    const orders = make("div");
    let sent = model.get("answered"); // the number of the last message
    let alive = true;
    let wait;

    function ask(what, more) {
        sent += 1;
        model.send({ do: what, what: more, number: sent });
        clearTimeout(wait);
        wait = setTimeout(() => say(status, WAITING), BUSY);
    }

    function showScene() {
        const scene = model.get("scene");
        cards.forEach((card, number) => card.show(scene.processes[number], scene.alive, alive));
        shared.replaceChildren(...makeShared(scene.shared, names));
        taken.replaceChildren(...(scene.rows.length ? [makeTaken(scene, names)] : []));
        for (const button of [undo, reset]) enable(button, alive && scene.rows.length > 0);
        enable(tryAll, alive);
    }

    function showStatus() {
        if (model.get("answered") >= sent) clearTimeout(wait);
        say(status, alive ? model.get("status") : ENDED);
        const order = model.get("reached");
        say(reached, order ? ` ✓ Reached with ${order}.` : "");
    }

    function showOrders() {
        const { caption, header, rows } = model.get("orders");
        const replay = (order) => alive && ask("replay", order);
        orders.replaceChildren(...(rows ? [makeOrders(caption, header, rows, names, replay)] : []));
    }

    function end() {
        alive = false;
        clearTimeout(wait);
        showScene();
        showStatus();
    }

    el.classList.add("course-steps");
    el.append(
        make("p", {}, make("b", {}, "Your aim: "), aim, reached),
        make("div", { class: "course-steps-stage" }, cards[0].element, shared, cards[1].element),
        status,
        make("div", { class: "course-steps-buttons" }, undo, reset, tryAll),
        taken,
        orders,
        make("details", {}, make("summary", {}, "The program without the stops"), make("pre", { tabindex: "0" }, code)),
    );
    const shows = { scene: showScene, status: showStatus, reached: showStatus, answered: showStatus, orders: showOrders };
    for (const [name, show] of Object.entries(shows)) {
        model.on(`change:${name}`, show);
        show();
    }
    settleIn({ model, el, signal, ended: end });
}

/** Make a button that can be disabled without losing the focus. */
function makeButton(text, pressed) {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => button.getAttribute("aria-disabled") !== "true" && pressed());
    return button;
}

function enable(button, enabled) {
    button.setAttribute("aria-disabled", !enabled);
}

/** Make the letter of a process, in its color. */
function makeLetter(name) {
    return make("span", { class: `course-letter course-process-${name}` }, name);
}

/** Make the card of a process: its code with the next line marked, its variables, and the button for its next step. */
function makeCard({ name, worker, lines }, pressed) {
    const pid = make("span", { class: "course-pid" });
    const code = lines.map(([, text]) => make("span", { class: "course-line" }, text || " "));
    const own = make("code");
    const state = make("span");
    const next = make("code");
    const button = makeButton("", pressed);
    button.append(make("span", {}, `Step ${name}`), next);

    function show({ pid: id, line, step, own: variables, state: text, can }, running, alive) {
        say(pid, running ? `PID ${id}` : "not running");
        code.forEach((element, place) => {
            element.classList.toggle("course-next", lines[place][0] === line);
            element.classList.toggle("course-waits", lines[place][0] === line && !can);
        });
        say(own, variables || "none yet");
        say(state, `${name} ${text}.`);
        say(next, can ? step : "");
        enable(button, can && alive);
    }

    const element = make(
        "div",
        { class: `course-card course-process-${name}`, role: "group", "aria-label": `process ${name}` },
        make("div", { class: "course-card-head" }, makeLetter(name), make("b", {}, `Process ${name}`), pid),
        make("pre", { tabindex: "0", "aria-label": `the code of process ${name}, ${worker}` }, ...code),
        button,
        make("div", {}, "own variables: ", own),
        make("div", {}, state),
    );
    return { element, show };
}

/** Make what shows the state of the shared things: figures for numbers, a drawing for locks. */
function makeShared(things, names) {
    const locks = things.filter((thing) => "waiting" in thing);
    const numbers = things.filter((thing) => !locks.includes(thing));
    return [
        make("b", {}, "Shared"),
        ...numbers.map(({ name, text }) => make("div", { class: "course-figure" }, make("code", {}, name), make("b", {}, text))),
        ...(locks.length ? [drawLocks(locks, names)] : []),
        ...locks.map(({ name, text, waiting }) =>
            make("div", {}, make("code", {}, name), ` is ${text}${waiting.map((number) => `, ${names[number]} waits for it`).join("")}`),
        ),
    ];
}

/** Draw who holds which lock and who waits for it: an arrow leads from a lock to its holder, and a dashed one from a
 * process to the lock that it waits for. In a deadlock they form a circle. */
function drawLocks(locks, names) {
    const [width, row] = [300, 64];
    const height = row * locks.length;
    const [left, right] = [26, width - 26];
    const middle = height / 2;
    const arrows = locks.flatMap(({ holder, waiting }, place) => {
        const y = row * (place + 0.5);
        const at = (number) => [number ? right - 20 : left + 20, middle];
        const side = (number) => [width / 2 + (number ? 44 : -44), y];
        const held = holder === null ? [] : [drawArrow(side(holder), at(holder), "course-holds")];
        return [...held, ...waiting.map((number) => drawArrow(at(number), side(number), "course-waits-for"))];
    });
    const boxes = locks.map(({ name }, place) =>
        make(
            "g",
            { class: "course-lock" },
            make("rect", { x: width / 2 - 42, y: row * (place + 0.5) - 15, width: 84, height: 30, rx: 4 }),
            make("text", { x: width / 2, y: row * (place + 0.5) }, name),
        ),
    );
    const circles = names.map((name, number) =>
        make(
            "g",
            { class: `course-process-${name}` },
            make("circle", { cx: number ? right : left, cy: middle, r: 18 }),
            make("text", { x: number ? right : left, y: middle }, name),
        ),
    );
    return make("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...arrows, ...boxes, ...circles);
}

/** Draw an arrow from one point to another. */
function drawArrow([x, y], [toX, toY], kind) {
    const angle = Math.atan2(toY - y, toX - x);
    const end = (turn) => `${toX - 10 * Math.cos(angle + turn)} ${toY - 10 * Math.sin(angle + turn)}`;
    return make(
        "g",
        { class: kind },
        make("line", { x1: x, y1: y, x2: toX - 6 * Math.cos(angle), y2: toY - 6 * Math.sin(angle) }),
        make("path", { d: `M${toX} ${toY}L${end(0.4)}L${end(-0.4)}Z` }),
    );
}

/** Make the table of the steps so far. */
function makeTaken({ rows, shared }, names) {
    const header = ["", "step", ...names.map((name) => `variables of ${name}`), ...shared.map(({ name }) => name)];
    const lines = rows.map(({ process, step, note, own, shared: states }) => [
        makeLetter(process),
        make("span", {}, make("code", {}, step), note ? ` (${note})` : ""),
        ...own,
        ...states,
    ]);
    return makeTable("The steps so far", header, lines);
}

/** Make the table of all orders. The button in each row replays it. */
function makeOrders(caption, header, rows, names, replay) {
    const lines = rows.map(([order, values, result]) => {
        const letters = order.split(" ");
        const button = makeButton("", () => replay(letters.map((name) => names.indexOf(name))));
        button.setAttribute("aria-label", `Replay ${order}`);
        button.append(...letters.map(makeLetter));
        return [button, values, result === "right" ? result : make("b", {}, result)];
    });
    return makeTable(`${caption} Press one to replay it.`, header, lines);
}

function makeTable(title, header, rows) {
    const row = (tag, cells) => make("tr", {}, ...cells.map((cell) => make(tag, {}, cell)));
    return make(
        "div",
        { class: "course-scrolls" },
        make(
            "table",
            {},
            make("caption", {}, title),
            make("thead", {}, row("th", header)),
            make("tbody", {}, ...rows.map((cells) => row("td", cells))),
        ),
    );
}
