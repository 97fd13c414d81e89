// Draws the diagrams, in the colours of the page, and lets a presenter step through those that show a conversation.
(async () => {
    "use strict";
    const isDark = () => ["ayu", "navy", "coal"].some((theme) => document.documentElement.classList.contains(theme));
    const dark = isDark();
    // Said here, they are what texts are measured with, as well as what they are drawn with.
    const font = { fontFamily: "sans-serif", fontSize: 16 };
    mermaid.initialize({ startOnLoad: false, theme: dark ? "dark" : "default", ...font });

    // Long texts are broken, but where the diagram says itself where to break.
    for (const diagram of document.querySelectorAll("pre.mermaid")) {
        if (!diagram.textContent.includes("<br/>")) {
            diagram.prepend('%%{init: {"sequence": {"wrap": true}}}%%\n');
        }
    }

    // A diagram keeps the colours that it was drawn with: a page whose theme turns from light to dark is loaded again.
    new MutationObserver(() => isDark() !== dark && location.reload()).observe(document.documentElement, {
        attributeFilter: ["class"],
    });

    await mermaid.run({ querySelector: "pre.mermaid", suppressErrors: true });
    for (const diagram of document.querySelectorAll("pre.mermaid")) {
        const frame = document.createElement("div");
        frame.className = "diagram";
        diagram.replaceWith(frame);
        frame.append(diagram);
        const drawing = diagram.querySelector("svg");
        if (!drawing) {
            continue;
        }
        // On a phone its text stays large enough to be read, and the frame scrolls.
        drawing.style.minWidth = `${0.75 * drawing.viewBox.baseVal.width}px`;
        const steps = stepsOf(diagram);
        if (steps.length > 1) {
            frame.after(controls(frame, steps));
        }
    }
    document.documentElement.dataset.diagrams = "drawn";

    // The steps: a message with its text, a note with its text. Mermaid draws time downwards, so a step is all that lies
    // between the end of the step before and its own end. A coloured phase begins with its first step.
    function stepsOf(diagram) {
        const end = (part) => part.getBBox().y + part.getBBox().height;
        const all = (selector) => [...diagram.querySelectorAll(selector)];
        const ends = all(".messageLine0, .messageLine1, .note").map(end).sort((a, b) => a - b);
        const steps = ends.map(() => []);
        // Half a pixel: what a line is thick.
        const put = (part, place) => steps.at(ends.findIndex((end) => place <= end + 0.5)).push(part);
        all(".messageText, .messageLine0, .messageLine1, .note, .noteText").forEach((part) => put(part, end(part)));
        all("rect.rect").forEach((part) => put(part, part.getBBox().y));
        return steps.filter((step) => step.length > 0);
    }

    function controls(frame, steps) {
        const bar = document.createElement("div");
        bar.className = "steps";
        const button = (text, label, action) => {
            const made = document.createElement("button");
            made.type = "button";
            made.textContent = text;
            made.setAttribute("aria-label", label);
            made.addEventListener("click", action);
            bar.append(made);
            return made;
        };
        const back = button("←", "one message back", () => show(shown - 1));
        const all = button("Step through", "step through the diagram", () => show(shown === null ? 0 : null));
        const next = button("→", "next message", () => show(shown + 1));
        const place = document.createElement("span");
        place.setAttribute("role", "status");
        bar.append(place);

        // How many steps are shown; null while all are, as on paper.
        let shown = null;
        const show = (count) => {
            shown = count === null ? null : Math.max(0, Math.min(count, steps.length));
            steps.forEach((step, number) =>
                step.forEach((part) => part.classList.toggle("later", shown !== null && number >= shown)));
            back.hidden = next.hidden = place.hidden = shown === null;
            back.disabled = shown === 0;
            next.disabled = shown === steps.length;
            all.textContent = shown === null ? "Step through" : "Show all";
            place.textContent = `${shown} of ${steps.length}`;
        };
        show(null);

        // mdBook turns the page with the arrow keys: not while somebody steps through a diagram.
        const keys = (event) => {
            const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (event.key === "Escape" && shown !== null) {
                show(null);
            } else if (move && !event.ctrlKey && !event.altKey && !event.metaKey) {
                show((shown ?? (move > 0 ? 0 : steps.length)) + move);
            } else {
                return;
            }
            event.preventDefault();
            event.stopPropagation();
        };
        frame.tabIndex = 0;
        frame.setAttribute("role", "group");
        frame.setAttribute("aria-label", "diagram; the arrow keys step through it");
        bar.addEventListener("keydown", keys);
        frame.addEventListener("keydown", keys);
        return bar;
    }
})();
