// The list of experiments, the question of each, and what there is to say about each answer.
(function (P) {
  "use strict";

  const { element } = P;
  const SOLVED = "gan-course-playground"; // in the reader's browser

  function solved() {
    try {
      return new Set(JSON.parse(localStorage.getItem(SOLVED)) || []);
    } catch {
      return new Set();
    }
  }

  function remember(name) {
    try {
      localStorage.setItem(SOLVED, JSON.stringify([...solved().add(name)]));
    } catch {
      // nothing is kept then
    }
  }

  class Story {
    // choose(name): show an experiment. remedy(name, number): put one of its remedies beside it. guessed(): the reader
    // has predicted.
    constructor(list, article, { choose, remedy, guessed }) {
      Object.assign(this, { list, article, choose, remedy, guessed });
      for (const [name, { title, about }] of Object.entries(P.EXPERIMENTS)) {
        const words = element("span", {}, element("b", { textContent: title }), element("small", { textContent: about }));
        const button = element("button", { type: "button" }, words, element("i", { className: "done" }));
        button.dataset.experiment = name;
        button.onclick = () => this.choose(name);
        list.append(button);
      }
    }

    show(name) {
      const done = solved();
      for (const button of this.list.children) {
        const here = button.dataset.experiment;
        if (here === name) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
        button.lastChild.textContent = done.has(here) ? "✓" : "";
        button.lastChild.title = done.has(here) ? "answered" : "";
      }
      if (this.shown !== name) {
        this.shown = name;
        this.guess = null;
        const own = [element("p", { textContent: "Your own experiment." })];
        this.article.replaceChildren(...(name ? this.question(name) : own));
      }
    }

    // The run has come to the step that shows the answer: judge the prediction, and say where to read on. If a second run
    // was beside it, say what the remedy does.
    judge(compared) {
      if (this.guess) {
        const { button, right, why } = this.guess;
        button.className = right ? "right" : "wrong";
        this.answer(`${right ? "✓ Yes. " : "✗ No. "}${why}`);
        if (right) remember(this.shown);
        this.show(this.shown);
      }
      for (const part of this.article.querySelectorAll(compared ? ".said, .lesson" : ".lesson")) part.hidden = false;
      this.list.parentElement.scrollTop = this.list.parentElement.scrollHeight; // where the column has a scroll bar
    }

    answer(text) {
      this.article.querySelector(".answer").textContent = text;
    }

    question(name) {
      const { question, choices, remedies, lesson, said } = P.EXPERIMENTS[name];
      const parts = [element("h2", { textContent: "2. Predict, then run" }), element("p", { textContent: question })];
      const answer = element("p", { className: "answer" });
      answer.setAttribute("role", "status");
      if (choices) parts.push(this.choices(choices), answer);
      if (remedies) parts.push(element("h2", { textContent: "3. Compare" }), this.remedies(name, remedies));
      if (said) parts.push(element("p", { className: "said", textContent: said, hidden: true }));
      if (lesson) parts.push(lessonLink(lesson));
      return parts;
    }

    choices(choices) {
      const buttons = choices.map(([text, right, why]) => {
        const button = element("button", { type: "button", textContent: text });
        button.onclick = () => {
          for (const other of buttons) {
            other.className = "";
            other.setAttribute("aria-pressed", String(other === button));
          }
          this.guess = { button, right, why };
          this.guessed();
        };
        button.setAttribute("aria-pressed", "false");
        return button;
      });
      return element("div", { className: "choices" }, ...buttons);
    }

    remedies(name, remedies) {
      const buttons = remedies.map(({ title }, number) => {
        const onclick = () => this.remedy(name, number);
        return element("button", { type: "button", className: "remedy", textContent: `Compare: ${title}`, onclick });
      });
      return element("div", { className: "remedies" }, ...buttons);
    }
  }

  function lessonLink([page, title]) {
    const link = element("a", { href: `../notebooks/${page}`, textContent: title, target: "_top" });
    return element("p", { className: "lesson", hidden: true }, "Read more: ", link);
  }

  P.Story = Story;
})((globalThis.Playground = globalThis.Playground || {}));
