// Drawing real points with mouse, finger, pen or keys. Arrow keys move a cross, and the space bar sets a point.
(function (P) {
  "use strict";

  const GAP = 0.06; // between two points of a stroke
  const MOVES = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
  const LIMIT = 1.6;

  class Pencil {
    // changed(points): called after each stroke, point or undo. moved(): called when the cross moves.
    constructor(picture, { changed, moved }) {
      Object.assign(this, { picture, changed, moved, active: false, points: [], strokes: [], cursor: null });
      const { canvas } = picture;
      canvas.addEventListener("pointerdown", (event) => this.down(event));
      canvas.addEventListener("pointermove", (event) => this.move(event));
      canvas.addEventListener("pointerup", () => this.up());
      canvas.addEventListener("pointercancel", () => this.up());
      canvas.addEventListener("keydown", (event) => this.key(event));
    }

    // points: those that are there already; `undo` takes them away in one piece
    use(points) {
      this.points = points;
      this.strokes = points.length ? [points.length] : [];
    }

    activate(active) {
      this.active = active;
      this.cursor = null;
      this.picture.canvas.classList.toggle("drawing", active);
    }

    down(event) {
      if (!this.active || event.button > 0) return;
      this.picture.canvas.setPointerCapture(event.pointerId);
      this.begun = this.points.length;
      this.last = null;
      this.add(this.picture.pointAt(event));
    }

    move(event) {
      if (this.begun === undefined) return;
      const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const each of events.length ? events : [event]) this.add(this.picture.pointAt(each));
    }

    // Points along the way from the last one, at even distances
    add([x, y]) {
      if (!this.last) return this.set(x, y);
      const [dx, dy] = [x - this.last[0], y - this.last[1]];
      const steps = Math.floor(Math.sqrt(dx * dx + dy * dy) / GAP);
      const [fromX, fromY] = this.last;
      for (let i = 1; i <= steps; i++) this.set(fromX + (dx * i) / steps, fromY + (dy * i) / steps);
    }

    set(x, y) {
      if (this.points.length >= P.MOST_POINTS || Math.abs(x) > LIMIT || Math.abs(y) > LIMIT) return;
      this.last = [x, y];
      this.points.push([P.snapToAddress(x), P.snapToAddress(y)]);
      this.moved();
    }

    up() {
      if (this.begun === undefined) return;
      this.finish(this.begun);
      this.begun = undefined;
    }

    finish(begun) {
      if (this.points.length === begun) return;
      this.strokes.push(this.points.length - begun);
      this.changed(this.points);
    }

    undo() {
      if (!this.strokes.length) return;
      this.points.length -= this.strokes.pop();
      this.changed(this.points);
    }

    key(event) {
      if (!this.active) return;
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
      else if (event.key in MOVES) this.moveCursor(MOVES[event.key]);
      else if (event.key === " " || event.key === "Enter") this.pointAtCursor();
      else return;
      event.preventDefault();
    }

    moveCursor([dx, dy]) {
      const [x, y] = this.cursor || [0, 0];
      const held = (value) => Math.max(-LIMIT, Math.min(LIMIT, value));
      this.cursor = [held(x + dx), held(y + dy)];
      this.moved();
    }

    pointAtCursor() {
      this.cursor = this.cursor || [0, 0];
      const begun = this.points.length;
      this.set(...this.cursor);
      this.finish(begun);
    }
  }

  P.Pencil = Pencil;
})((globalThis.Playground = globalThis.Playground || {}));
