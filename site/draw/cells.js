// All pictures of the room as one list of cells. A cell whose picture is out of date is drawn when there is time: the
// first cell at once, and the others in turns, so that nothing waits for ever while the state changes.
"use strict";

const DrawingCells = (() => {
  const MS_PER_FRAME = 12;

  class Cells {
    /** `look()` returns what all pictures depend on; `paint(cell, state)` draws one. */
    constructor(look, paint) {
      this.look = look;
      this.paint = paint;
      this.all = [];
      this.turn = 1;
      this.waiting = false;
    }

    /** Add a square of a canvas, which shows the state after `change(state)`. */
    add(canvas, x, y, side, change) {
      this.all.push({ context: canvas.getContext("2d"), x, y, side, change, key: "" });
    }

    /** Add a canvas of equal squares: `change(state, column, row)` for each. */
    addSheet(canvas, columns, rows, change) {
      const side = canvas.width / columns;
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          this.add(canvas, column * side, row * side, side, (state) => change(state, column, row));
    }

    request() {
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        if (!this.frame(performance.now() + MS_PER_FRAME)) this.request();
      });
    }

    /** Draw until the time is over. Returns whether everything is up to date. */
    frame(end) {
      const look = this.look();
      this.draw(this.all[0], look);
      const others = this.all.length - 1;
      for (let i = 0; i < others; i++) {
        if (performance.now() > end) return false;
        this.draw(this.all[this.turn], look);
        this.turn = 1 + (this.turn % others);
      }
      return true;
    }

    draw(cell, look) {
      const state = cell.change(look);
      const key = Object.values(state).join();
      if (key === cell.key) return;
      this.paint(cell, state);
      cell.key = key;
    }
  }

  return { Cells };
})();
