// What the page shows, as an address and back: the settings, what is changed in the second run, the drawn points, the
// experiment, and which parts are hidden. What has its default value is left out.
//
//     #x=dirac&data=point&dKind=sgd&B=1&B.r1=0.5&embed=1&hide=charts
//     #open=dirac&compare=1
(function (P) {
  "use strict";

  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const HALF = 2; // coordinates lie in [−2, 2)
  const STEPS = 4096; // in so many steps: two digits each
  const MOST_POINTS = 400;

  const round = (value) => Math.max(0, Math.min(STEPS - 1, Math.round(((value + HALF) / (2 * HALF)) * STEPS)));
  const snap = (value) => (round(value) / STEPS) * 2 * HALF - HALF;

  function packPoints(points) {
    const digits = (value) => DIGITS[round(value) >> 6] + DIGITS[round(value) & 63];
    return points.map(([x, y]) => digits(x) + digits(y)).join("");
  }

  function unpackPoints(text) {
    const numbers = [...text].map((letter) => DIGITS.indexOf(letter));
    if (text.length % 4 || numbers.includes(-1)) return [];
    const value = (i) => ((numbers[i] * 64 + numbers[i + 1]) / STEPS) * 2 * HALF - HALF;
    const points = Array.from({ length: text.length / 4 }, (_, i) => [value(4 * i), value(4 * i + 2)]);
    return points.slice(0, MOST_POINTS);
  }

  function write(name, value) {
    return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
  }

  // state: {settings, change (what differs in run B, or null), drawn, experiment, embed, hide}
  function toAddress(state) {
    const parts = new URLSearchParams();
    if (state.experiment) parts.set("x", state.experiment);
    for (const [name, value] of Object.entries(state.settings)) {
      if (value !== P.DEFAULTS[name]) parts.set(name, write(name, value));
    }
    if (state.change) {
      parts.set("B", "1");
      for (const [name, value] of Object.entries(state.change)) parts.set(`B.${name}`, write(name, value));
    }
    if (state.drawn.length) parts.set("drawn", packPoints(state.drawn));
    if (state.embed) parts.set("embed", "1");
    if (state.speed !== "fast") parts.set("speed", state.speed);
    if (state.hide.length) parts.set("hide", state.hide.join(","));
    return `#${parts}`;
  }

  const known = (name) => (name && Object.hasOwn(P.EXPERIMENTS, name) ? name : "");
  const remedyOf = (name) => (P.EXPERIMENTS[name].remedies ? { ...P.EXPERIMENTS[name].remedies[0].change } : null);

  // `open=dirac` stands for all settings of an experiment, and `compare=1` puts its first remedy beside it.
  function fromAddress(hash) {
    const parts = new URLSearchParams(hash.replace(/^#/, ""));
    const opened = known(parts.get("open"));
    const settings = { ...P.DEFAULTS, ...(opened && P.EXPERIMENTS[opened].settings) };
    const change = parts.get("compare") === "1" && opened ? remedyOf(opened) : parts.has("B") ? {} : null;
    for (const [key, text] of parts) {
      const inB = key.startsWith("B.");
      const value = P.readSetting(inB ? key.slice(2) : key, text);
      if (value !== undefined && inB && change) change[key.slice(2)] = value;
      if (value !== undefined && !inB) settings[key] = value;
    }
    const hide = (parts.get("hide") || "").split(",").filter((part) => /^[a-z]+$/.test(part));
    const experiment = known(parts.get("x")) || opened;
    const drawn = parts.has("drawn") ? unpackPoints(parts.get("drawn")) : (opened && P.EXPERIMENTS[opened].drawn) || [];
    const asked = parts.get("speed") || (opened && P.EXPERIMENTS[opened].speed);
    const speed = ["slow", "calm"].includes(asked) ? asked : "fast";
    return { settings, change, drawn, experiment, embed: parts.get("embed") === "1", hide, speed };
  }

  Object.assign(P, { toAddress, fromAddress, snapToAddress: snap, MOST_POINTS });
})((globalThis.Playground = globalThis.Playground || {}));
