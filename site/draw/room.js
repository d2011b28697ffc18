// The drawing room itself: its state, its pictures, and what D says about them.
"use strict";

class DrawingRoom {
  constructor(weights) {
    this.generator = new DrawingGenerator(weights.generator);
    this.discriminator = new DrawingDiscriminator(weights.discriminator);
    this.latent = new DrawingLatent.Latent(weights.latent, weights.dials.directions);
    this.usual = weights.opinions;
    this.state = DrawingState.read(location.hash);
    this.pointed = {}; // where the mouse points, without a click
    this.looks = { opinions: false, pixels: false, theme: 0 };
    this.cells = new DrawingCells.Cells(
      () => ({ ...this.state, ...this.pointed, ...this.looks }),
      (cell, state) => this.paint(cell, state),
    );
    this.save = this.save.bind(this);
  }

  /** The picture of a state. */
  draw(state) {
    return this.generator.draw(this.latent.z(state), state.digit, state.to, state.blend);
  }

  /** What D says about a picture of a state: its probability, and the share of real digits that look less real to it. */
  opinion(values, state) {
    const probability = this.discriminator.probability(values, state.digit, state.to, state.blend);
    const usual = this.usual; // quantiles of D's probability for real digits, in equal steps, in percent
    const above = usual.findIndex((value) => value > 100 * probability);
    if (above < 1) return { probability, rank: above < 0 ? 1 : 0 };
    const inside = (100 * probability - usual[above - 1]) / (usual[above] - usual[above - 1]);
    return { probability, rank: (above - 1 + inside) / (usual.length - 1) };
  }

  paint(cell, state) {
    const values = this.draw(state);
    DrawingPaint.picture(cell.context, values, cell.x, cell.y, cell.side, !state.pixels);
    const large = cell === this.cells.all[0];
    if (!large && !state.opinions) return;
    const opinion = this.opinion(values, state);
    if (large) this.tell(opinion);
    else DrawingPaint.bar(cell.context, opinion.rank, cell.x, cell.y, cell.side, this.blue);
  }

  /** Show D's opinion of the large picture. */
  tell({ probability, rank }) {
    const percent = (share) => Math.round(100 * share);
    this.said = `D: ${percent(probability)} % real, higher than for ${percent(rank)} of 100 real digits`;
    document.getElementById("opinion-bar").style.width = `${percent(rank)}%`;
    document.getElementById("opinion-text").textContent = this.said;
  }

  /** Change the state. What plays does not change the address in each frame. */
  set(changes, settled = true) {
    for (const [name, value] of Object.entries(changes)) this.state[name] = DrawingState.allowed(name, value);
    this.state = DrawingState.apart(this.state);
    this.pointed = {};
    this.refresh();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.settle(), settled ? 400 : 1200);
  }

  /** Show another place of the map, as long as the mouse is there. */
  preview(place) {
    this.pointed = Object.fromEntries(
      Object.entries(place).map(([name, value]) => [name, DrawingState.allowed(name, value)]),
    );
    this.refresh();
  }

  /** Change how pictures are shown. */
  show(looks) {
    Object.assign(this.looks, looks);
    this.refresh();
  }

  refresh() {
    DrawingControls.show({ ...this.state, ...this.pointed });
    this.cells.request();
  }

  /** When nothing has changed for a moment: the address, and a sentence for those who hear the page. */
  settle() {
    history.replaceState(null, "", DrawingState.write(this.state));
    this.describe();
  }

  describe() {
    const { digit, to, blend, lean, bold } = this.state;
    const what = blend ? `A ${digit}, ${Math.round(100 * blend)} % of the way to a ${to}` : `A ${digit}`;
    const said = `${what}. Lean ${lean.toFixed(1)}, boldness ${bold.toFixed(1)}. ${this.said}.`;
    document.getElementById("status").textContent = said;
    document.getElementById("picture").setAttribute("aria-label", said);
  }

  /** Hand the picture to the reader as a file. */
  save() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 560, height: 560 });
    DrawingPaint.picture(canvas.getContext("2d"), this.draw(this.state), 0, 0, 560, !this.looks.pixels);
    const name = `digit-${this.state.digit}-noise-${this.state.noise}.png`;
    Object.assign(document.createElement("a"), { href: canvas.toDataURL("image/png"), download: name }).click();
  }

  /** Take the colors from the style sheet, now and after each change between light and dark. */
  takeColors() {
    DrawingPaint.refresh();
    this.blue = getComputedStyle(document.getElementById("room")).getPropertyValue("--discriminator");
    this.show({ theme: this.looks.theme + 1 });
  }

  open() {
    const picture = document.getElementById("picture");
    this.cells.add(picture, 0, 0, picture.width, (state) => state);
    DrawingControls.connect(this);
    new MutationObserver(() => this.takeColors()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    addEventListener("hashchange", () => this.set(DrawingState.read(location.hash)));
    document.getElementById("room").hidden = false;
    this.takeColors();
    this.cells.frame(0);
    this.describe();
  }
}

const drawingRoom = new DrawingRoom(DRAWING_WEIGHTS);
drawingRoom.open();
