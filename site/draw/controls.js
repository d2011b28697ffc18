// What the reader can turn, press and point at, and how it changes the state.
"use strict";

const DrawingControls = (() => {
  const get = (id) => document.getElementById(id);
  const SLIDERS = ["lean", "bold", "psi", "blend", "walk"];
  const FAR = 2.5;
  const CELLS = 9; // of a side of the map

  /** The value of a dial at a column of the map. */
  const atColumn = (column) => (column / (CELLS - 1) - 0.5) * 2 * FAR;

  /** Ten radio buttons that show their digit in the present handwriting. */
  function digits(room) {
    for (let digit = 0; digit < 10; digit++) {
      const label = document.createElement("label");
      label.innerHTML =
        `<input type="radio" name="digit" value="${digit}" aria-label="${digit}">` +
        `<canvas width="112" height="112" aria-hidden="true"></canvas><span aria-hidden="true">${digit}</span>`;
      label.querySelector("input").addEventListener("change", () => room.set({ digit, blend: 0 }));
      get("digits").append(label);
      const side = 112;
      room.cells.add(label.querySelector("canvas"), 0, 0, side, (state) => ({ ...state, digit, blend: 0 }));
      get("to").append(new Option(digit, digit));
    }
    get("to").addEventListener("change", () => room.set({ to: Number(get("to").value) }));
  }

  function sliders(room) {
    for (const name of SLIDERS)
      get(name).addEventListener("input", () => {
        DrawingPlay.stop();
        room.set({ [name]: Number(get(name).value) });
      });
  }

  /** A strip of nine pictures along a way; a click goes there. */
  function strip(room, name) {
    const [least, most] = DrawingState.RANGES[name];
    const canvas = get(`${name}-strip`);
    const at = (column) => least + (column / (CELLS - 1)) * (most - least);
    room.cells.addSheet(canvas, CELLS, 1, (state, column) => ({ ...state, [name]: at(column) }));
    canvas.addEventListener("click", (event) => {
      DrawingPlay.stop();
      room.set({ [name]: at(Math.floor((event.offsetX / canvas.clientWidth) * CELLS)) });
    });
  }

  /** The map: the mouse shows what is there, and a click or a finger goes there. */
  function map(room) {
    const canvas = get("map");
    const change = (state, column, row) => ({ ...state, lean: atColumn(column), bold: -atColumn(row) });
    room.cells.addSheet(canvas, CELLS, CELLS, change);
    const place = (event) => {
      const [x, y] = [event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight];
      const column = x * CELLS - 0.5;
      const row = y * CELLS - 0.5;
      return { lean: atColumn(column), bold: -atColumn(row) };
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      room.set(place(event));
    });
    canvas.addEventListener("pointermove", (event) => (event.buttons ? room.set(place(event)) : room.preview(place(event))));
    canvas.addEventListener("pointerleave", () => room.preview({}));
  }

  function plays(room) {
    let direction = 1;
    DrawingPlay.button(get("play-blend"), (part) => {
      const wanted = room.state.blend + direction * part;
      if (wanted >= 1) direction = -1;
      if (wanted <= 0) direction = 1;
      room.set({ blend: Math.min(1, Math.max(0, wanted)) }, false);
    });
    DrawingPlay.button(get("play-walk"), (part) => {
      const walk = room.state.walk + part;
      if (walk < 1) room.set({ walk }, false);
      else room.set({ noise: room.state.next, next: other(), walk: 0 }, false);
    });
  }

  /** The number of a noise that was not seen before, most probably. */
  const other = () => 1 + Math.floor(Math.random() * 9999);

  function buttons(room) {
    get("new-noise").addEventListener("click", () => {
      DrawingPlay.stop();
      room.set({ noise: other(), next: other(), walk: 0 });
    });
    get("reset").addEventListener("click", () => {
      DrawingPlay.stop();
      for (const name of ["opinions", "pixels"]) get(name).checked = false;
      room.show({ opinions: false, pixels: false });
      room.set(DrawingState.read(""));
    });
    get("save").addEventListener("click", room.save);
    for (const name of ["opinions", "pixels"])
      get(name).addEventListener("change", () => room.show({ [name]: get(name).checked }));
  }

  /** Let all controls show a state. */
  function show(state) {
    document.querySelector(`#digits input[value="${state.digit}"]`).checked = true;
    for (const option of get("to").options) option.disabled = Number(option.value) === state.digit;
    get("to").value = state.to;
    for (const name of SLIDERS) get(name).value = state[name];
    const signed = (value) => value.toFixed(1).replace("-", "−");
    const percent = (value) => `${Math.round(100 * value)} %`.replace("-", "−");
    const values = { lean: signed(state.lean), bold: signed(state.bold), psi: state.psi.toFixed(2), noise: state.noise };
    Object.assign(values, { next: state.next, walk: percent(state.walk), blend: percent(state.blend) });
    for (const [name, text] of Object.entries(values)) get(`${name}-value`).textContent = text;
    const cell = 100 / CELLS;
    get("lens").style.left = `${50 + (state.lean / FAR / 2) * (100 - cell)}%`;
    get("lens").style.top = `${50 - (state.bold / FAR / 2) * (100 - cell)}%`;
  }

  function connect(room) {
    digits(room);
    map(room);
    strip(room, "blend");
    strip(room, "walk");
    sliders(room);
    plays(room);
    buttons(room);
  }

  return { connect, show };
})();
