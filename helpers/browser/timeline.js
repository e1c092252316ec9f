// The picture of a run: a row for each worker, with bars filled by the share of time spent computing. It is redrawn for
// each moment, so a live run, a finished run, and a replay are all the same picture.

const LEFT = 62, RIGHT = 14, TOP = 4, ROWS = 208, RESULTS = 18, AXIS = 36; // pixels
const TALL = 0.8, THIN = 0.3; // of a row: a task's bar, and what the worker does between tasks
const COLORS = 6; // further workers start over with the first color
const FIGURES = 7; // for each bar: see helpers/panels/scene.py
const SLOWEST = 20, SLOW = 4, SHORTEST = 6; // a replay: at most 20 s, four times slower, at least 6 s
const WORKER_LEGEND = [
    ["full", "a task, as full as it computed"],
    ["pale", "pale: it waited, or still runs"],
    ["start-up", "start-up"],
    ["between", "between tasks"],
    ["left", "no task left"],
    ["result", "a result reaches the parent"],
];

const seconds = (time, digits = 3) => `${time.toFixed(digits)} s`;
const workerClass = (row) => `worker-${row % COLORS}`;

/** Return numbers that Python sent as bytes. */
function floats(view) {
    if (!view) return new Float32Array();
    return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** Return a scene with its bars as objects, one list for each worker. */
function unpacked(scene) {
    if (!scene.workers) return null;
    const figures = floats(scene.bars);
    let at = 0;
    const rows = scene.workers.map(({ bars, ...worker }) => {
        const tasks = [];
        for (const end = at + bars * FIGURES; at < end; at += FIGURES) {
            const [start, width, extent, fill, count, task, home] = figures.subarray(at, at + FIGURES);
            tasks.push({ start, end: start + width, extent, fill, count, task, home });
        }
        return { ...worker, tasks, last: tasks.length ? tasks.at(-1).end : worker.ready };
    });
    return { ...scene, rows, results: floats(scene.home) };
}

class Timeline {
    /** `beside` is an element to place beside the picture, or below it if there is no room. */
    constructor(beside) {
        this.svg = make("svg", { height: TOP + ROWS + RESULTS + AXIS, "aria-hidden": "true" });
        this.stage = make("div", { class: "stage", tabindex: "0", role: "application", "aria-roledescription": "timeline" }, this.svg);
        this.told = make("div", { class: "told", role: "status" });
        this.play = make("button", { type: "button", onclick: () => this.playAgain() }, "Slow motion");
        this.moment = make("input", { type: "range", min: 0, max: 1000, value: 1000, "aria-label": "moment of the run" });
        this.when = make("output", { class: "when" });
        this.ghost = make("input", { type: "checkbox" });
        const film = make(
            "div", { class: "film" }, this.play, this.moment, this.when,
            make("label", {}, this.ghost, " show the previous run"),
        );
        this.root = make("div", { class: "timeline" }, legend(), make("div", { class: "scene" }, this.stage, beside), this.told, film);
        this.then = []; // functions to call with the displayed moment
        this.moment.addEventListener("input", () => { this.stop(); this.draw(); });
        this.ghost.addEventListener("change", () => this.draw());
        this.stage.addEventListener("pointermove", (event) => this.point(event));
        this.stage.addEventListener("pointerleave", () => this.choose(null));
        this.stage.addEventListener("keydown", (event) => this.step(event));
        this.stage.addEventListener("focus", () => this.chosen || this.tell(""));
        new ResizeObserver(() => this.draw()).observe(this.stage);
    }

    /** Show a scene, with the previous one as a ghost if the learner wants it. */
    show(scene, before) {
        const same = this.scene?.number === scene.number && this.scene?.title === scene.title;
        this.scene = unpacked(scene);
        this.before = before?.workers ? unpacked(before) : null;
        if (!this.scene) return;
        this.live = this.scene.state === "live";
        this.stop();
        this.moment.value = 1000;
        this.choose(same ? this.chosen : null);
        this.play.setAttribute("aria-disabled", this.live);
        disable(this.moment, this.live);
        disable(this.ghost, !this.before);
        this.stage.setAttribute("aria-label", `${titled(this.scene)}. Use the arrow keys to move from task to task.`);
        this.draw();
    }

    get until() {
        return (this.moment.value / 1000) * this.scene.seconds;
    }

    draw() {
        const width = this.stage.clientWidth;
        if (!this.scene || !width) return;
        const { scene, until } = this;
        const ghost = this.ghost.checked && this.before;
        const longest = 1.01 * Math.max(this.live ? scene.length : scene.seconds, ghost ? ghost.seconds : 0, 0.001);
        const rows = Math.max(scene.rows.length, ghost ? ghost.rows.length : 0);
        const height = Math.min(ROWS / rows, 64);
        this.view = {
            x: (time) => LEFT + (time / longest) * (width - LEFT - RIGHT),
            time: (x) => ((x - LEFT) / (width - LEFT - RIGHT)) * longest,
            middle: (row) => TOP + (ROWS - rows * height) / 2 + (row + 0.5) * height,
            height,
        };
        this.mark = make("path", { class: "mark" });
        const parts = [...axis(this.view, width, longest), ...labels(this.view, rows), ...bars(this.view, scene, until)];
        if (ghost) parts.unshift(ghostOf(this.view, ghost));
        this.svg.setAttribute("width", width);
        this.svg.replaceChildren(...parts, this.mark);
        this.frame();
        say(this.when, seconds(until, 2));
        this.moment.setAttribute("aria-valuetext", seconds(until, 2));
        for (const call of this.then) call(until);
    }

    // --- Replay ---

    playAgain() {
        if (this.live || !this.scene) return;
        if (this.playing) return this.stop();
        const whole = this.scene.seconds;
        const lasts = Math.min(Math.max(SLOW * whole, SHORTEST), Math.max(SLOWEST, whole)) * 1000;
        const begun = performance.now();
        const frame = () => {
            const share = (performance.now() - begun) / lasts;
            this.moment.value = Math.min(1000 * share, 1000);
            this.draw();
            if (share < 1 && this.stage.isConnected) this.playing = requestAnimationFrame(frame);
            else this.stop();
        };
        say(this.play, "Stop");
        this.playing = requestAnimationFrame(frame);
    }

    stop() {
        cancelAnimationFrame(this.playing);
        this.playing = null;
        say(this.play, "Slow motion");
    }

    // --- Questions ---

    /** Describe what is under the pointer. */
    point({ clientX, clientY }) {
        if (!this.view) return;
        const box = this.svg.getBoundingClientRect();
        const time = this.view.time(clientX - box.left);
        const row = this.scene.rows.findIndex((_, row) => Math.abs(clientY - box.top - this.view.middle(row)) < this.view.height / 2);
        if (row < 0 || time < 0 || time > this.until) return this.choose(null);
        const slack = this.view.time(LEFT + 2);
        const index = this.scene.rows[row].tasks.findIndex(({ start, end }) => start - slack <= time && time <= end + slack);
        if (index >= 0) this.choose({ row, index });
        else this.choose({ row, time });
    }

    /** Move to another task with the arrow keys. */
    step(event) {
        const rows = this.scene?.rows ?? [];
        const { row = 0, index = -1 } = this.chosen ?? {};
        const tasks = rows[row]?.tasks ?? [];
        const to = {
            ArrowRight: () => ({ row, index: Math.min(index + 1, tasks.length - 1) }),
            ArrowLeft: () => ({ row, index: Math.max(index - 1, 0) }),
            Home: () => ({ row, index: 0 }),
            End: () => ({ row, index: tasks.length - 1 }),
            ArrowDown: () => this.beside(Math.min(row + 1, rows.length - 1), tasks[index]),
            ArrowUp: () => this.beside(Math.max(row - 1, 0), tasks[index]),
            Escape: () => null,
        }[event.key];
        if (!to) return;
        event.preventDefault();
        this.choose(to());
    }

    /** Return the task of a row that started closest in time to another one. */
    beside(row, task) {
        const starts = this.scene.rows[row].tasks.map(({ start }) => Math.abs(start - (task?.start ?? 0)));
        return { row, index: starts.indexOf(Math.min(...starts)) };
    }

    choose(chosen) {
        this.chosen = chosen;
        this.frame();
        this.tell(chosen ? described(this.scene, chosen) : "");
    }

    tell(text) {
        say(this.told, text || "Point at a bar, or move from bar to bar with the arrow keys, to see what it is.");
    }

    /** Draw a frame around the chosen bar. */
    frame() {
        if (!this.mark || !this.view) return;
        const { row, index } = this.chosen ?? {};
        const bar = this.scene.rows[row]?.tasks[index];
        const { x, middle, height } = this.view;
        this.mark.setAttribute("d", bar ? box(x(bar.start) - 1.5, middle(row) - (TALL * height) / 2 - 1.5, x(bar.end) - x(bar.start) + 3, TALL * height + 3) : "");
    }
}

function legend() {
    const entries = WORKER_LEGEND.map(([kind, text]) => make("span", {}, make("i", { class: `swatch ${kind}` }), text));
    return make("div", { class: "legend", "aria-hidden": "true" }, ...entries);
}

/** Return the title of a run. */
function titled({ title, state, seconds: time, done, tasks }) {
    if (state === "live") return `${title}: running`;
    return state === "done" ? `${title}: ${tasks} tasks in ${seconds(time, 2)}` : `${title}: ended after ${seconds(time, 2)}, ${done} of ${tasks} tasks done`;
}

/** Describe what a worker did in a bar, or at a moment between bars. */
function described(scene, { row, index, time }) {
    const worker = scene.rows[row];
    const who = `worker ${row + 1}${worker.pid ? ` (PID ${worker.pid})` : ""}`;
    const bar = worker?.tasks[index];
    if (!worker) return "";
    if (bar) return bar.count > 1 ? crowd(bar, who) : alone(bar, who, scene, row + 1);
    if (!worker.asked) return `Worker ${row + 1} was not started.`;
    if (time === undefined) return `No task ran on ${who}.`;
    const Who = who[0].toUpperCase() + who.slice(1);
    if (time < worker.ready) return `${Who} is starting up, until ${seconds(worker.ready)}.`;
    if (time > worker.last) return `${Who} has no task left after ${seconds(worker.last)}.`;
    return `${Who} is between two tasks.`;
}

function alone({ task, start, end, fill, home }, who, scene, number) {
    const began = `Task ${task + 1} on ${who}: from ${seconds(start)}`;
    if (Number.isNaN(fill)) {
        if (scene.state === "live") return `${began}. It is still running.`;
        return `${began}. It did not finish${scene.failed.includes(number) ? ": its worker ended" : ""}.`;
    }
    const result = home ? ` Its result reached the parent at ${seconds(home)}.` : "";
    return `${began} to ${seconds(end)}. It took ${seconds(end - start)}, ${Math.round(100 * fill)}% of it computing.${result}`;
}

function crowd({ start, end, count, fill }, who) {
    return `${count} tasks on ${who}, too short to draw separately: from ${seconds(start)} to ${seconds(end)}, ${Math.round(100 * fill)}% of it computing.`;
}

// --- What is drawn ---

const box = (x, y, width, height) => `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;

/** Return the bars of a scene as they were at a moment. */
function bars(view, scene, until) {
    const thin = { "start-up": "", between: "", left: "" };
    const last = Math.min(until, Math.max(0, ...scene.rows.map((row) => (row.asked ? row.last : 0))));
    const drawn = [];
    scene.rows.forEach((row, number) => {
        const middle = view.middle(number);
        const add = (kind, from, to) => {
            const [left, right] = [view.x(Math.min(from, until)), view.x(Math.min(to, until))];
            // times were rounded in transit, and even a box without width has an outline
            if (right - left > 0.3) thin[kind] += box(left, middle - (THIN * view.height) / 2, right - left, THIN * view.height);
        };
        if (!row.asked) return drawn.push(make("text", { x: LEFT + 4, y: middle, class: "absent" }, "not started"));
        const own = Math.min(row.last, until), gone = Math.max(row.gone, row.last);
        add("start-up", 0, row.ready);
        add("between", row.ready, own);
        add("left", own, Math.min(last, gone));
        add("between", Math.max(own, Math.min(last, gone)), Math.min(gone, until));
        drawn.push(...tasks(view, row, number, until));
        if (scene.failed.includes(number + 1) && until >= scene.seconds) {
            drawn.push(make("text", { x: view.x(row.last), y: middle, class: "cross" }, "✗"));
        }
    });
    const lines = Object.entries(thin).map(([kind, d]) => make("path", { d, class: kind }));
    const slack = scene.seconds / 500; // times were rounded in transit
    const home = [...scene.results].filter((time) => time <= until + slack).map((time) => `M${view.x(time).toFixed(1)} ${TOP + ROWS + 4}v${RESULTS - 8}`);
    return [...lines, ...drawn, make("path", { d: home.join(""), class: "result" })];
}

/** Return the bars of one worker: pale for the whole task, full for the share of computing. */
function tasks(view, row, number, until) {
    let pale = "", full = "";
    const bottom = view.middle(number) + (TALL * view.height) / 2;
    for (const { start, end, extent, fill } of row.tasks) {
        if (start >= until) break;
        const [left, right] = [view.x(start), view.x(Math.min(end, until))];
        const height = TALL * view.height;
        pale += box(left, bottom - height * extent, right - left, height * extent);
        if (end <= until && fill > 0) full += box(left, bottom - height * fill, right - left, height * fill);
    }
    const fine = row.tasks.length > 200 ? " fine" : "";
    const of = `${workerClass(number)}${fine}`;
    // the pale parts are translucent, so paper goes first
    return Object.entries({ paper: pale, [`pale ${of}`]: pale, [`full ${of}`]: full }).map(([kind, d]) => make("path", { d, class: kind }));
}

/** Return the outlines of the bars of another run. */
function ghostOf(view, scene) {
    const outline = scene.rows.flatMap((row, number) => row.tasks.map(({ start, end }) =>
        box(view.x(start), view.middle(number) - view.height * 0.48, view.x(end) - view.x(start), view.height * 0.96)));
    return make("path", { d: outline.join(""), class: "ghost" });
}

function axis(view, width, longest) {
    const bottom = TOP + ROWS + RESULTS;
    const parts = [make("path", { class: "axis", d: `M${LEFT} ${TOP}V${bottom}H${width - RIGHT}` })];
    const step = roundStep(longest / Math.max(2, Math.min(8, width / 90)));
    for (let tick = 0; tick * step <= longest; tick++) {
        const x = view.x(tick * step);
        parts.push(make("path", { class: "axis", d: `M${x} ${bottom}v4` }));
        parts.push(make("text", { x, y: bottom + 16, class: "tick" }, String(Number((tick * step).toPrecision(6)))));
    }
    const middle = (LEFT + width - RIGHT) / 2;
    parts.push(make("text", { x: middle, y: bottom + 32, class: "tick" }, "seconds since the run began"));
    parts.push(make("text", { x: LEFT - 8, y: bottom - RESULTS / 2, class: "row" }, "results"));
    return parts;
}

/** Return 1, 2 or 5, or a power of ten times that, not below `least`. */
function roundStep(least) {
    const power = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((figure) => figure * power).find((step) => step >= least);
}

function labels(view, rows) {
    const every = Math.ceil(14 / view.height);
    return [...Array(rows).keys()].filter((row) => row % every === 0).map((row) =>
        make("text", { x: LEFT - 8, y: view.middle(row), class: "row" }, rows > 9 ? String(row + 1) : `worker ${row + 1}`));
}

// --- Mandelbrot tiles ---

const TILES = 720; // pixels of the whole picture, scaled down to look crisp
const LEGIBLE = 70; // the smallest side of a tile with room for a number
const PALEST = 0.2; // how much of the worker's color the palest point has
const LIMIT = 120; // steps of a point in the set: see helpers.workers.mandelbrot_tile

class Tiles {
    constructor() {
        this.canvas = make("canvas", { role: "img", width: TILES, height: TILES });
        this.root = make("div", { class: "tiles", hidden: "" }, this.canvas);
        this.tiles = [];
    }

    /** Add tiles that have been computed. */
    add({ across, pixels, fresh, tasks, workers, ends, points }) {
        if (!across) return;
        if (fresh) this.tiles = [];
        this.across = across;
        const when = floats(ends);
        tasks.forEach((task, place) => {
            const steps = new Uint8Array(points.buffer, points.byteOffset + place * pixels * pixels, pixels * pixels);
            this.tiles.push({ task, worker: workers[place], end: when[place], steps, pixels });
        });
    }

    /** Draw the tiles that were done at a moment, and in a pale color those in progress. */
    draw(until, going) {
        if (!this.across) return;
        const side = TILES / this.across;
        const pen = this.canvas.getContext("2d");
        pen.imageSmoothingEnabled = false;
        pen.clearRect(0, 0, TILES, TILES);
        const far = Number(styleOf(this.canvas, "--far"));
        if (far !== this.far) this.tiles.forEach((tile) => delete tile.image); // the theme has changed
        this.far = far;
        const done = this.tiles.filter(({ end }) => end <= until);
        for (const tile of [...going, ...done]) {
            const place = [(tile.task % this.across) * side, Math.floor(tile.task / this.across) * side];
            pen.fillStyle = colorOf(tile.worker, this.canvas);
            pen.globalAlpha = 0.3;
            if (!tile.steps) pen.fillRect(...place, side, side);
            pen.globalAlpha = 1;
            if (tile.steps) pen.drawImage((tile.image ??= tinted(tile, pen.fillStyle, far)), ...place, side, side);
            if (side >= LEGIBLE) sign(pen, tile.worker, ...place, side);
        }
        const all = this.across * this.across;
        const label = `${done.length} of ${all} tiles of the Mandelbrot set, each in the color of its worker`;
        this.canvas.setAttribute("aria-label", label);
    }
}

/** Return the color of a worker, counted from 1, such as "#0072B2". */
function colorOf(worker, element) {
    return styleOf(element, `--course-worker-${(worker - 1) % COLORS}`);
}

function styleOf(element, name) {
    return getComputedStyle(element).getPropertyValue(name).trim();
}

/** Return a tile in a color: the set is dark, and points further out fade into the page, whose shade is `far`. */
function tinted({ steps, pixels }, color, far) {
    const tone = color.match(/\w\w/g).map((part) => parseInt(part, 16));
    const image = new ImageData(pixels, pixels);
    steps.forEach((count, at) => {
        const share = PALEST + (1 - PALEST) * Math.log1p(count) / Math.log1p(LIMIT);
        const shade = tone.map((part) => (count === LIMIT ? 0.2 * part : far + share * (part - far)));
        image.data.set([...shade, 255], 4 * at);
    });
    const canvas = new OffscreenCanvas(pixels, pixels);
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
}

/** Write a worker's number in the corner of its tile. */
function sign(pen, worker, left, top, side) {
    pen.font = `bold ${Math.round(side / 3.6)}px sans-serif`;
    pen.textBaseline = "top";
    pen.lineWidth = side / 18;
    pen.strokeStyle = "black";
    pen.fillStyle = "white";
    for (const draw of ["strokeText", "fillText"]) pen[draw](worker, left + side / 14, top + side / 14);
}
