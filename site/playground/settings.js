// All settings of a run: their defaults, what they may be, and what the reader is told about them.
(function (P) {
  "use strict";

  const RATES = [0.00001, 0.0001, 0.0003, 0.001, 0.002, 0.004, 0.01, 0.02, 0.05, 0.1, 0.2];
  const titles = (table) => Object.entries(table).map(([value, { title }]) => [value, title]);
  const rate = (value) => ({ value, range: [0, 1], choices: RATES });
  const momentum = (value) => ({ value, range: [0, 0.99], choices: [0, 0.5, 0.9] });
  const units = () => ({ value: 32, range: [1, 128], whole: true, choices: [4, 8, 16, 32, 64] });
  const layers = () => ({ value: 2, range: [0, 4], whole: true, choices: [0, 1, 2, 3] });
  const kind = () => ({ value: "adam", names: [["adam", "Adam"], ["sgd", "SGD"]] });

  // value: the default. range: the least and the largest number that an address may ask for. choices: those in the menu.
  const SETTINGS = {
    data: { value: "ring", names: titles(P.DATA) },
    objective: { value: "non_saturating", names: titles(P.OBJECTIVES) },
    dLayers: layers(), gLayers: layers(),
    dUnits: units(), gUnits: units(),
    dKind: kind(), gKind: kind(),
    dRate: rate(0.001), gRate: rate(0.001),
    dMomentum: momentum(0), gMomentum: momentum(0),
    k: { value: 1, range: [1, 20], whole: true, choices: [1, 2, 3, 5, 10] },
    latent: { value: 4, range: [1, 16], whole: true, choices: [1, 2, 4, 8] },
    batch: { value: 64, range: [2, 256], whole: true, choices: [16, 32, 64, 128, 256] },
    r1: { value: 0, range: [0, 100], choices: [0, 0.01, 0.03, 0.1, 0.3, 0.5, 1, 3] },
    gp: { value: 0, range: [0, 100], choices: [0, 0.01, 0.1, 1, 10] },
    clip: { value: 0, range: [0, 10], choices: [0, 0.01, 0.1, 0.3] },
    deviation: { value: false },
    average: { value: false },
    fade: { value: 0, range: [0, 100000], whole: true, choices: [0, 1000, 2000, 4000, 8000] },
    ahead: { value: 0, range: [0, 5000], whole: true, choices: [0, 200, 500, 1000] },
    calm: { value: 0, range: [0, 100000], whole: true, choices: [0, 500, 1000, 2000] },
    seed: { value: 1, range: [0, 999999], whole: true },
  };

  const DEFAULTS = Object.fromEntries(Object.entries(SETTINGS).map(([name, { value }]) => [name, value]));

  // The words for a setting, in the list of what differs between two runs
  const LABELS = {
    data: "data", objective: "objective", dLayers: "D’s hidden layers", gLayers: "G’s hidden layers",
    dUnits: "D’s units", gUnits: "G’s units", dKind: "D’s optimizer", gKind: "G’s optimizer", dRate: "D’s rate",
    gRate: "G’s rate", dMomentum: "D’s momentum β₁", gMomentum: "G’s momentum β₁", k: "k", latent: "noise numbers",
    batch: "batch", r1: "R1", gp: "gradient penalty", clip: "clipping", deviation: "minibatch deviation",
    average: "average of G’s weights", fade: "rates fade in", ahead: "D learns alone for", calm: "calm start", seed: "seed",
  };

  // The value as the reader sees it
  function shown(name, value) {
    const { names } = SETTINGS[name];
    if (names) return (names.find(([known]) => known === value) || [value, value])[1];
    if (typeof value === "boolean") return value ? "on" : "off";
    if (["fade", "ahead", "calm"].includes(name)) return value ? `${value.toLocaleString("en")} steps` : "no";
    if (["r1", "gp", "clip"].includes(name) && !value) return "off";
    return value > 0 && value < 0.0001 ? value.toFixed(5) : String(value);
  }

  // A value out of an address, or undefined if it cannot be one.
  function read(name, text) {
    if (!Object.hasOwn(SETTINGS, name)) return undefined;
    const setting = SETTINGS[name];
    if (setting.names) return setting.names.some(([known]) => known === text) ? text : undefined;
    if (typeof setting.value === "boolean") return text === "1" ? true : text === "0" ? false : undefined;
    const number = Number(text);
    const [least, most] = setting.range;
    const fits = text !== "" && number >= least && number <= most && (!setting.whole || Number.isInteger(number));
    return fits ? number : undefined;
  }

  Object.assign(P, { SETTINGS, DEFAULTS, LABELS, shown, readSetting: read });
})((globalThis.Playground = globalThis.Playground || {}));
