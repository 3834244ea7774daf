// Reads the numbers of a scene that wganbook/packing.py has written as texts.

const SMALL = 91, LARGE = 0xA1, MANY = 4096, NONE = 32;

function unpack({ packed, across, decimals, way, rows, kind }) {
  const unit = 10 ** decimals, frames = [];
  let above = new Float64Array(across), frame = [], place = 0;
  const difference = () => {
    let value = 0, scale = 1, code = packed.charCodeAt(place++);
    for (; code >= LARGE; code = packed.charCodeAt(place++)) {
      value += scale * (code - LARGE + SMALL);
      scale *= MANY;
    }
    value += scale * (code - 0x23 - (code > 92));
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  while (place < packed.length) {
    const row = new Float64Array(across);
    for (let k = 0; k < across; k++) {
      const over = above[k], before = k ? row[k - 1] : 0, corner = k ? above[k - 1] : 0;
      const foretold = [0, over, before, over + before - corner][way];
      const none = packed.charCodeAt(place) === NONE;
      if (none) place++;
      row[k] = foretold + (none ? 0 : difference());
      frame.push(none ? null : row[k] / unit);
    }
    above = row;
    if (frame.length === across * rows) { frames.push(frame); frame = []; }
  }
  return kind === "frames" ? { frames } : { fixed: frames[0] };
}

const read = value => value?.packed === undefined ? value : unpack(value);

// The scene as wganbook.scene describes it, with numbers in place of texts.
export function unpackScene(scene) {
  const marks = list => list.map(mark =>
    Object.fromEntries(Object.entries(mark).map(([key, value]) => [key, read(value)])));
  return { ...scene, panels: scene.panels.map(panel => ({ ...panel, marks: marks(panel.marks) })) };
}
