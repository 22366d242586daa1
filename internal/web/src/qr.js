// QR codes (ISO/IEC 18004): bytes, error correction M, versions 1 to 10.

// By version: bytes of error correction in a block, blocks, and centres of alignment.
const versions = [
  [10, 1, []], [16, 1, [6, 18]], [26, 1, [6, 22]], [18, 2, [6, 26]], [24, 2, [6, 30]], [16, 4, [6, 34]],
  [18, 4, [6, 22, 38]], [22, 4, [6, 24, 42]], [22, 5, [6, 26, 46]], [26, 5, [6, 28, 50]],
];

// codewords is how many bytes a version has in all: 8 modules each, without the patterns.
function codewords(version) {
  const centres = versions[version - 1][2].length;
  const modules = (16 * version + 128) * version + 64;
  const alignment = centres > 0 ? (25 * centres - 10) * centres - 55 : 0;
  return Math.floor((modules - alignment - (version >= 7 ? 36 : 0)) / 8);
}

const dataBytes = (version) => codewords(version) - versions[version - 1][0] * versions[version - 1][1];
const countBits = (version) => (version < 10 ? 8 : 16);

// capacity is the length of the longest text in bytes.
export const capacity = dataBytes(10) - 3;

// qrOf returns the modules of a text as rows of booleans, true for dark ones; null for a
// text that is too long.
export function qrOf(text) {
  const bytes = new TextEncoder().encode(text);
  const version = versions.findIndex((_, i) => bytes.length * 8 + 4 + countBits(i + 1) <= dataBytes(i + 1) * 8) + 1;
  if (version === 0) return null;
  const all = interleaved(version, dataOf(version, bytes));
  let best;
  for (let mask = 0; mask < 8; mask++) {
    const grid = gridOf(version, all, mask);
    const cost = penalty(grid);
    if (!best || cost < best.cost) best = { grid, cost };
  }
  return best.grid;
}

// dataOf is the text with its mode and its length, filled up.
function dataOf(version, bytes) {
  const bits = [];
  const push = (value, n) => { for (let i = n - 1; i >= 0; i--) bits.push((value >> i) & 1); };
  push(4, 4);
  push(bytes.length, countBits(version));
  for (const byte of bytes) push(byte, 8);
  const room = dataBytes(version) * 8;
  push(0, Math.min(4, room - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  return Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(""), 2));
}

// interleaved is one byte of each block after the other: data, then error correction.
function interleaved(version, data) {
  const [ecLength, count] = versions[version - 1];
  const short = Math.floor(data.length / count);
  const firstLong = count - (data.length % count);
  const blocks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i >= firstLong ? 1 : 0);
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const divisor = generator(ecLength);
  const corrections = blocks.map((block) => remainder(block, divisor));
  const columns = (lists) => Array.from({ length: Math.max(...lists.map((l) => l.length)) }, (_, i) => lists.map((l) => l[i]).filter((b) => b !== undefined)).flat();
  return [...columns(blocks), ...columns(corrections)];
}

// times multiplies in the field of 256 elements with the polynomial 0x11d.
function times(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

// generator is the polynomial of Reed and Solomon with this degree, without its first
// coefficient, which is 1.
function generator(degree) {
  const list = Array(degree).fill(0);
  list[degree - 1] = 1;
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
    for (let j = 0; j < degree; j++) list[j] = times(list[j], root) ^ (list[j + 1] ?? 0);
  }
  return list;
}

function remainder(block, divisor) {
  const rest = Array(divisor.length).fill(0);
  for (const byte of block) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    for (const [i, coefficient] of divisor.entries()) rest[i] ^= times(coefficient, factor);
  }
  return rest;
}

const masks = [
  (x, y) => (x + y) % 2, (_, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

function gridOf(version, bytes, mask) {
  const size = 17 + 4 * version;
  const grid = Array.from({ length: size }, () => Array(size)); // undefined where data goes
  drawPatterns(grid, version);
  drawFormat(grid, mask);
  let i = 0;
  for (let right = size - 1; right >= 1; right -= 2) { // two columns at a time
    if (right === 6) right = 5; // that of the timing
    const upward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step++) {
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (grid[y][x] !== undefined) continue;
        const bit = i < bytes.length * 8 && Boolean((bytes[i >> 3] >> (7 - (i & 7))) & 1);
        i++;
        grid[y][x] = bit !== (masks[mask](x, y) === 0);
      }
    }
  }
  return grid;
}

function drawPatterns(grid, version) {
  const size = grid.length;
  for (let i = 0; i < size; i++) grid[6][i] = grid[i][6] = i % 2 === 0; // timing
  // square draws rings around a centre: those of the distances in light are light.
  const square = (cx, cy, radius, light) => {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        const [x, y] = [cx + dx, cy + dy];
        if (x >= 0 && y >= 0 && x < size && y < size) grid[y][x] = !light.includes(Math.max(Math.abs(dx), Math.abs(dy)));
      }
    }
  };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, [2, 4]);
  const centres = versions[version - 1][2];
  const last = centres.length - 1;
  for (const [i, x] of centres.entries()) {
    for (const [j, y] of centres.entries()) {
      if (!((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0))) square(x, y, 2, [1]); // not on the corners
    }
  }
  if (version < 7) return;
  const bits = (version << 12) | checked(version, 12, 0x1f25);
  for (let i = 0; i < 18; i++) {
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    grid[b][a] = grid[a][b] = Boolean((bits >> i) & 1);
  }
}

// drawFormat draws error correction M, which is 0, and the mask, twice.
function drawFormat(grid, mask) {
  const size = grid.length;
  const bits = ((mask << 10) | checked(mask, 10, 0x537)) ^ 0x5412;
  const bit = (i) => Boolean((bits >> i) & 1);
  for (let i = 0; i < 6; i++) grid[i][8] = bit(i);
  grid[7][8] = bit(6);
  grid[8][8] = bit(7);
  grid[8][7] = bit(8);
  for (let i = 9; i < 15; i++) grid[8][14 - i] = bit(i);
  for (let i = 0; i < 8; i++) grid[8][size - 1 - i] = bit(i);
  for (let i = 8; i < 15; i++) grid[size - 15 + i][8] = bit(i);
  grid[size - 8][8] = true;
}

// checked is the remainder of a value of a BCH code with n bits of it.
function checked(value, n, polynomial) {
  let rest = value;
  for (let i = 0; i < n; i++) rest = (rest << 1) ^ ((rest >> (n - 1)) * polynomial);
  return rest;
}

// penalty says how hard a code is to read: the mask with the least is taken.
function penalty(grid) {
  const size = grid.length;
  const columns = grid.map((_, x) => grid.map((row) => row[x]));
  let cost = 0;
  for (const line of [...grid, ...columns]) {
    const text = line.map(Number).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2;
    cost += 40 * (text.match(/(?=00001011101|10111010000)/g) ?? []).length;
  }
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      if (grid[y][x] === grid[y - 1][x] && grid[y][x] === grid[y][x - 1] && grid[y][x] === grid[y - 1][x - 1]) cost += 3;
    }
  }
  const dark = grid.flat().filter(Boolean).length / (size * size);
  return cost + 10 * Math.floor(Math.abs(dark - 0.5) * 20);
}
