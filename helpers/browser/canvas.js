// Frames that fill with pictures. The kernel sends a frame as a file whenever it changes.

export default { render };

function render({ model, el, signal }) {
    const frames = model.get("captions").map(() => make("img", { decoding: "sync" }));
    const captions = frames.map(() => make("figcaption"));
    const status = make("p", { class: "course-canvas-status", role: "status" });

    function showFrames() {
        model.get("frames").forEach((file, place) => {
            URL.revokeObjectURL(frames[place].src);
            frames[place].src = URL.createObjectURL(new Blob([file], { type: "image/jpeg" }));
        });
    }

    function showTexts() {
        model.get("captions").forEach((caption, place) => {
            captions[place].textContent = caption;
            frames[place].alt = caption;
        });
        say(status, model.get("status"));
    }

    const figures = frames.map((frame, place) => make("figure", {}, frame, captions[place]));
    el.append(make("div", { class: "course-canvas" }, ...figures), status);
    showFrames();
    showTexts();
    model.on("change:frames", showFrames);
    model.on("change:captions change:status", showTexts);
    signal.addEventListener("abort", () => frames.forEach((frame) => URL.revokeObjectURL(frame.src)));
    settleIn({ model, el, signal, ended: () => {} });
}
