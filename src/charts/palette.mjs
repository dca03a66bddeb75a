// The look of each allocator: colour, dash, shape. Known names have a row in palette.json; the look of any other name is
// chosen by a hash of the name, and moved on only when another name of the same analysis already has it.

// FNV-1a, 32 bits.
export function hashText(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

// Map from each of `names` to {colour, dash, shape}, for `theme` "light" or "dark". The same set of names always gives
// the same looks, whatever its order.
export function looksOf(names, palette, theme = "light") {
  const looks = new Map();
  const others = palette.others;
  const useCount = others.map(() => 0);
  for (const name of [...new Set(names)].sort()) {
    let look = Object.hasOwn(palette.named, name) ? palette.named[name] : null;
    if (!look) {
      const preferred = hashText(name) % others.length;
      const fewest = Math.min(...useCount);
      let index = preferred;
      while (useCount[index] > fewest) index = (index + 1) % others.length;
      look = others[index];
      if (useCount[index]++) look = { ...look, dash: varied(look.dash, useCount[index]) };
    }
    looks.set(name, { colour: theme === "dark" ? look.dark : look.colour, dash: look.dash, shape: look.shape });
  }
  return looks;
}

// A dash of its own for the second, third … name that must share a colour and a shape.
function varied(dash, copy) {
  return [...dash, copy, copy];
}
