// The search box over what people ask. It searches here, so it needs neither the kernel nor a network.

export default { render };

const MOST = 12; // questions shown at once
const ENOUGH = 0.5; // a question is shown if it has at least this share of the best one's points

function render({ model, el, signal }) {
    const all = model.get("asked").map((question) => ({ ...question, ...wordsOf(question) }));
    const worth = worths(all);
    const input = make("input", { type: "search", autocomplete: "off", spellcheck: "false", oninput: show });
    const count = make("p", { class: "course-count", role: "status" });
    const list = make("ol", { "aria-label": "questions found" });
    const hint = `There are ${all.length} questions. Type a word or two, or paste an error message.`;

    function show() {
        const typed = words(input.value);
        const found = search(all, worth, typed);
        const shown = found.slice(0, MOST);
        list.replaceChildren(...shown.map((question) => item(question, model)));
        if (!typed.length) say(count, hint);
        else if (!found.length) say(count, "Nothing found. Try other words, or look through the groups below.");
        else if (found.length === 1) say(count, "1 question found.");
        else if (found.length <= MOST) say(count, `${found.length} questions found, the best first.`);
        else say(count, `${found.length} questions found. Here are the best ${MOST}.`);
    }

    el.classList.add("course-index");
    el.append(make("label", { class: "course-search" }, make("b", {}, "Search:"), input), count, list);
    show();
    settleIn({ model, el, signal, ended: () => {} }); // it goes on without the kernel
}

/** Return the words of a text in small letters, each once, without a plural s. */
function words(text) {
    const found = text.toLowerCase().replaceAll("’", "'").match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
    return [...new Set(found.map((word) => (word.length > 3 ? word.replace(/(?<!s)s$/, "") : word)))];
}

/** Return the words of a question: those that count double, and all. */
function wordsOf({ question, messages, group, answer, versions, words: others }) {
    const first = words([question, ...messages].join(" "));
    return { first, every: words([...first, group, answer, versions, others].join(" ")) };
}

/** Return a function that tells how much a word is worth: the fewer questions have it, the more. */
function worths(all) {
    return (word) => {
        const having = all.filter(({ every }) => has(every, word)).length;
        return having && Math.log(1 + all.length / having);
    };
}

/** Return whether one of the words begins with this one. A word of two letters must be there as it is. */
function has(every, word) {
    return every.some((other) => (word.length > 2 ? other.startsWith(word) : other === word));
}

/** Return the questions that have the typed words, the best first. Words that no question has don't count. */
function search(all, worth, typed) {
    const points = new Map(typed.map((word) => [word, worth(word)]));
    const scored = all.map((question) => {
        const each = typed.map(
            (word) => points.get(word) * (has(question.every, word) + has(question.first, word)) || 0,
        );
        return { question, score: each.reduce((sum, one) => sum + one, 0) };
    });
    const best = Math.max(...scored.map(({ score }) => score));
    return scored
        .filter(({ score }) => score > 0 && score >= ENOUGH * best)
        .sort((one, other) => other.score - one.score)
        .map(({ question }) => question);
}

/** Return the list's item for a question. */
function item(question, model) {
    const shown = make("a", { href: question.link }, question.place);
    openHere(shown, model);
    const notes = [question.versions, question.not_run && `Not run here. ${question.not_run}`].filter(Boolean);
    const where = make("p", {}, shown, " · ", make("a", { href: question.source, target: "_blank" }, "source"));
    return make(
        "li",
        {},
        make("b", {}, ...marked(question.question)),
        ...question.messages.map((message) => make("p", {}, make("code", {}, message))),
        make("p", {}, ...marked(question.answer)),
        ...notes.map((text) => make("p", {}, make("i", {}, ...marked(text)))),
        where,
    );
}

/** Return a text with `code` as nodes. */
function marked(text) {
    return text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));
}

/** Let a link to a notebook open it in JupyterLab, as links in the text do. Elsewhere it is a plain link. */
async function openHere(link, model) {
    const { resolver, linkHandler } = model.widget_manager?.rendermime ?? {};
    if (!resolver || !linkHandler) return;
    const [notebook] = link.getAttribute("href").split("#");
    const path = decodeURIComponent(await resolver.resolveUrl(notebook));
    linkHandler.handleLink(link, path, link.hash);
}
