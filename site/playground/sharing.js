// The link to what the page shows, and the program in Keras.
(function (P) {
  "use strict";

  // Where the browser does not let a page write to the clipboard, an old command may.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = P.element("textarea", { value: text });
      (document.querySelector("dialog[open]") || document.body).append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function setAddress(hash) {
    if (location.hash === hash) return;
    try {
      history.replaceState(null, "", hash);
    } catch {
      location.replace(hash); // for browsers that allow no more on a page from a folder
    }
  }

  class CodeDialog {
    // settings(): those of both runs, with the drawn points. steps(): how many the program takes.
    constructor(dialog, { settings, steps }) {
      Object.assign(this, { dialog, settings, steps });
      document.getElementById("show-code").onclick = () => this.open();
      document.getElementById("copy-code").onclick = async ({ target }) => {
        const done = await copy(this.dialog.querySelector("pre code").textContent);
        target.textContent = done ? "Copied" : "Select the text and copy it";
      };
    }

    open() {
      const all = this.settings();
      const which = this.dialog.querySelector(".which");
      which.hidden = all.length === 1;
      which.replaceChildren(...all.map((_, i) => P.element("button", { type: "button", textContent: `Run ${"AB"[i]}`, onclick: () => this.show(i) })));
      document.getElementById("copy-code").textContent = "Copy";
      this.show(all.length - 1);
      this.dialog.showModal();
    }

    show(number) {
      const settings = this.settings()[number];
      const buttons = [...this.dialog.querySelectorAll(".which button")];
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === number)));
      this.dialog.querySelector("pre code").textContent = P.kerasCode(settings, settings.drawn, this.steps());
    }
  }

  Object.assign(P, { copyText: copy, setAddress, CodeDialog });
})((globalThis.Playground = globalThis.Playground || {}));
