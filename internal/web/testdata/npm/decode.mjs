// Has jsQR read what the encoder draws. Usage: node decode.mjs FILE of the encoder.
import { pathToFileURL } from "node:url";
import jsqr from "jsqr";

const { capacity, qrOf } = await import(pathToFileURL(process.argv[2]));
const read = jsqr.default ?? jsqr;

// decoded draws a code with a quiet zone, as a picture, and has it read.
function decoded(grid, scale) {
  const side = (grid.length + 8) * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [y, row] of grid.entries()) {
    for (const [x, dark] of row.entries()) {
      if (!dark) continue;
      for (let i = 0; i < scale * scale; i++) {
        const at = (((y + 4) * scale + Math.floor(i / scale)) * side + (x + 4) * scale + (i % scale)) * 4;
        pixels[at] = pixels[at + 1] = pixels[at + 2] = 0;
      }
    }
  }
  const found = read(pixels, side, side, { inversionAttempts: "dontInvert" });
  return found && new TextDecoder().decode(Uint8Array.from(found.binaryData));
}

const sizes = new Set();
let state = 1;
const random = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%";
const texts = ["", "https://mikronec.example/#invite=mi_K3V7QZ2MTAAUBM7ZRD2LWXEN4Y", "cabang utara é 日本", "\u0000\u0001"];
for (let n = 1; n <= capacity; n++) texts.push(Array.from({ length: n }, () => letters[Math.floor(random() * letters.length)]).join(""));
const wrong = texts.filter((text) => {
  const grid = qrOf(text);
  sizes.add(grid.length);
  return text !== "" && decoded(grid, 3) !== text;
});
console.log(JSON.stringify({
  texts: texts.length, capacity, wrong, versions: [...sizes].map((size) => (size - 17) / 4).sort((a, b) => a - b), tooLong: qrOf("x".repeat(capacity + 1)),
}));
