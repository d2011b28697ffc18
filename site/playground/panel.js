// The form with all settings, and the list of what differs between the two runs.
(function (P) {
  "use strict";

  // The rows of the form: a label, and one setting, or one of D and one of G
  const GROUPS = [
    ["Game", [["Data", "data"], ["Objective", "objective"], ["Steps of D per step of G", "k"], ["Seed", "seed"]]],
    ["Players", [
      ["Learning rate", "dRate", "gRate"],
      ["Momentum β₁", "dMomentum", "gMomentum"],
      ["Optimizer", "dKind", "gKind"],
      ["Hidden layers", "dLayers", "gLayers"],
      ["Units in each", "dUnits", "gUnits"],
    ]],
    ["Remedies", [
      ["R1 penalty", "r1"],
      ["Gradient penalty", "gp"],
      ["Clip D’s weights at", "clip"],
      ["Minibatch deviation", "deviation"],
      ["Average of G’s weights", "average"],
      ["Rates fade to 0 in", "fade"],
    ]],
    ["More", [["Noise numbers", "latent"], ["Batch", "batch"], ["D learns alone for", "ahead"], ["Calm start", "calm"]]],
  ];

  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function menu(name, label) {
    const { names, choices } = P.SETTINGS[name];
    const options = names || choices.map((value) => [String(value), P.shown(name, value)]);
    const select = element("select", { name, ariaLabel: label });
    for (const [value, title] of options) select.append(new Option(title, value));
    return select;
  }

  function field(name, label) {
    const { value, range } = P.SETTINGS[name];
    if (typeof value === "boolean") return element("input", { type: "checkbox", name, ariaLabel: label });
    if (name !== "seed") return menu(name, label);
    return element("input", { type: "number", name, ariaLabel: label, min: range[0], max: range[1], step: 1 });
  }

  function row([label, ...names]) {
    const pair = names.length === 2;
    const fields = names.map((name, i) => field(name, pair ? `${label} of ${"DG"[i]}` : label));
    return element("div", { className: pair ? "row pair" : "row" }, element("span", { textContent: label }), ...fields);
  }

  class Panel {
    // changed(name, value, inB): called when the reader has changed a setting.
    constructor(form, changed) {
      Object.assign(this, { form, inB: false });
      this.which = element("div", { className: "which", hidden: true });
      this.which.setAttribute("role", "group");
      this.which.setAttribute("aria-label", "Whose settings");
      form.append(element("h2", { textContent: "4. Change something" }), this.compareRow(), this.which);
      for (const [title, rows] of GROUPS) form.append(this.group(title, rows));
      form.addEventListener("change", ({ target }) => this.read(target, changed));
      form.addEventListener("submit", (event) => event.preventDefault());
    }

    compareRow() {
      this.compare = element("input", { type: "checkbox", id: "compare" });
      return element("label", { className: "row compare" }, element("span", { textContent: "Compare two runs" }), this.compare);
    }

    group(title, rows) {
      const box = element("details", { open: title !== "More" }, element("summary", { textContent: title }));
      if (title === "Players") {
        const heads = ["", "D", "G"].map((textContent) => element("span", { textContent }));
        heads[1].className = "d-word";
        heads[2].className = "g-word";
        box.append(element("div", { className: "row pair heads", ariaHidden: "true" }, ...heads));
      }
      box.append(...rows.map(row));
      return box;
    }

    read(target, changed) {
      if (!(target.name in P.SETTINGS)) return;
      const text = target.type === "checkbox" ? (target.checked ? "1" : "0") : target.value;
      const value = P.readSetting(target.name, text);
      if (value !== undefined) changed(target.name, value, this.inB);
    }

    // Show the settings of one run.
    show({ settings, change }, chooseRun) {
      this.compare.checked = change !== null;
      this.inB = this.inB && change !== null;
      this.showWhich(change, chooseRun);
      const shown = this.inB ? { ...settings, ...change } : settings;
      for (const [name, value] of Object.entries(shown)) this.fill(name, value, this.inB && name in change);
      const dirac = shown.data === "point";
      for (const name of ["dLayers", "gLayers", "dUnits", "gUnits", "deviation", "latent", "ahead", "calm"]) {
        this.form.elements[name].disabled = dirac;
      }
    }

    showWhich(change, chooseRun) {
      this.which.hidden = change === null;
      const buttons = ["A", "B"].map((name, i) => {
        const button = element("button", { type: "button", textContent: `Change run ${name}` });
        button.setAttribute("aria-pressed", String(this.inB === (i === 1)));
        button.onclick = () => chooseRun(i === 1);
        return button;
      });
      this.which.replaceChildren(...buttons);
    }

    fill(name, value, changed) {
      const control = this.form.elements[name];
      control.classList.toggle("changed", changed);
      if (control.type === "checkbox") {
        control.checked = value;
        return;
      }
      if (control.options && ![...control.options].some((option) => option.value === String(value))) {
        control.append(new Option(P.shown(name, value), String(value)));
      }
      control.value = String(value);
    }
  }

  // What differs in run B: "k: 1 → 5, R1: 0.1, …"
  function differences(settings, change) {
    const names = Object.keys(change).filter((name) => change[name] !== settings[name]);
    if (!names.length) return "nothing changed yet";
    const from = (name) => (P.shown(name, settings[name]) === "off" ? "" : `${P.shown(name, settings[name])} → `);
    return names.map((name) => `${P.LABELS[name]}: ${from(name)}${P.shown(name, change[name])}`).join(", ");
  }

  Object.assign(P, { Panel, differences, element });
})((globalThis.Playground = globalThis.Playground || {}));
