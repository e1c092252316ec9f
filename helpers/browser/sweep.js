// The picture of a sweep: the speedup for each number of workers, with points added as they are measured.

const SWEEP_HEIGHT = 300, SWEEP_LEFT = 46, SWEEP_BOTTOM = 40;
const SWEEP_LEGEND = [
    ["ideal", "ideal: N workers, N times as fast"],
    ["limit", "this machine's limit: processes that never talk"],
    ["expected", "your prediction"],
    ["measured", "measured: median, lowest to highest"],
];

class Sweep {
    constructor() {
        this.svg = make("svg", { height: SWEEP_HEIGHT, role: "img", "aria-label": "speedup for each number of workers" });
        const entries = SWEEP_LEGEND.map(([kind, text]) => make("span", {}, make("i", { class: `line ${kind}` }), text));
        this.stage = make("div", { class: "stage" }, this.svg);
        this.text = make("div", { class: "scrolls" });
        this.root = make("div", { class: "sweep", hidden: "" }, make("div", { class: "legend", "aria-hidden": "true" }, ...entries), this.stage, this.text);
        new ResizeObserver(() => this.draw()).observe(this.stage);
    }

    show(sweep) {
        this.root.hidden = !sweep.sizes;
        this.sweep = sweep;
        if (this.text.innerHTML !== sweep.text) this.text.innerHTML = sweep.text ?? "";
        this.draw();
    }

    draw() {
        const width = this.stage.clientWidth;
        if (!this.sweep?.sizes || !width) return;
        const { sizes, expected, cores, measured, limit } = this.sweep;
        const middles = measured.map(([size, ...rounds]) => [size, median(rounds)]);
        const guesses = sizes.map((size, place) => [size, expected[place]]);
        const most = sizes.at(-1) * 1.06;
        const high = 1.1 * Math.max(cores, ...[...middles, ...limit, ...guesses].map(([, figure]) => figure), ...measured.flatMap(([, ...rounds]) => rounds));
        const x = (size) => SWEEP_LEFT + (size / most) * (width - SWEEP_LEFT - 16);
        const y = (figure) => (SWEEP_HEIGHT - SWEEP_BOTTOM) * (1 - figure / high) + 4;
        const line = (points) => points.map(([size, figure], place) => `${place ? "L" : "M"}${x(size).toFixed(1)} ${y(figure).toFixed(1)}`).join("");
        const dots = (points) => points.map(([size, figure]) => `M${(x(size) - 4).toFixed(1)} ${y(figure).toFixed(1)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`).join("");
        const spread = measured.map(([size, ...rounds]) => `M${x(size)} ${y(Math.min(...rounds))}V${y(Math.max(...rounds))}`).join("");
        const end = Math.min(most, high);
        this.svg.setAttribute("width", width);
        this.svg.replaceChildren(
            make("path", { class: "cores", d: `M${x(cores)} ${y(0)}V${y(high)}` }),
            make("text", { class: "note", x: x(cores) + 4, y: y(0) - 8 }, `${cores} usable cores`),
            make("path", { class: "axis", d: `M${SWEEP_LEFT} ${y(high)}V${y(0)}H${width - 16}` }),
            ...sizes.map((size) => make("text", { class: "tick", x: x(size), y: y(0) + 16 }, String(size))),
            ...steps(high).map((figure) => make("text", { class: "row", x: SWEEP_LEFT - 8, y: y(figure) }, String(figure))),
            make("text", { class: "tick", x: (SWEEP_LEFT + width) / 2, y: SWEEP_HEIGHT - 4 }, "number of workers"),
            make("text", { class: "note", x: SWEEP_LEFT + 6, y: 14 }, "speedup"),
            make("path", { class: "ideal", d: line([[0, 0], [end, end]]) }),
            make("path", { class: "limit", d: line(limit) }),
            make("path", { class: "expected", d: line(guesses) }),
            make("path", { class: "expected dot", d: dots(guesses) }),
            make("path", { class: "measured", d: line(middles) + spread }),
            make("path", { class: "measured dot", d: dots(middles) }),
        );
    }
}

function median(figures) {
    const sorted = [...figures].sort((one, other) => one - other);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Return about six round numbers from 0 to `high`. */
function steps(high) {
    const step = roundStep(high / 6);
    return [...Array(Math.floor(high / step) + 1).keys()].map((place) => Number((place * step).toPrecision(6)));
}
