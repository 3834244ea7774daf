// Numbers as a reader writes them: log 2, 1/2, 2*pi, √3/2, −∞. The same rules, in the same
// order, as wganlib/exercises/_numbers.py, which states them; a test compares the two. No eval.

const LONGEST = 120;
const FUNCTIONS = {
  log: Math.log, ln: Math.log, exp: Math.exp, sqrt: Math.sqrt, abs: Math.abs,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, atan: Math.atan, arctan: Math.atan,
};
const CONSTANTS = { pi: Math.PI, e: Math.E };
const SPELLINGS = [["−", "-"], ["–", "-"], ["×", "*"], ["·", "*"], ["÷", "/"], ["π", " pi "], ["√", " sqrt "], ["**", "^"]];
const TOKEN = / *(?:([1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?![\d,])|(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)|([a-z]+)|([-+*/^()]))/iy;
const GROUPED = /^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/;

const own = (table, word) => Object.hasOwn(table, word);

function finite(value, what) {
  if (!Number.isFinite(value)) throw new Error(`${what} is no finite number`);
  return value;
}

function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  let place = 0;
  while (text.slice(place).trim()) {
    TOKEN.lastIndex = place;
    const found = TOKEN.exec(text);
    if (!found) throw new Error(`cannot read “${[...text.slice(place).trim()][0]}”`);
    const [, number, word, sign] = found;
    if (number) {
      const plain = GROUPED.test(number) ? number.replaceAll(",", "") : number.replace(",", ".");
      tokens.push({ kind: "number", text: number, value: Number(plain) });
    } else tokens.push(word ? { kind: "word", text: word.toLowerCase() } : { kind: "sign", text: sign });
    place = TOKEN.lastIndex;
  }
  return tokens;
}

// A parser by recursive descent over the tokens of one text.
class Reader {
  constructor(text) { this.tokens = tokensOf(text); this.place = 0; }
  ahead(...signs) {
    const token = this.tokens[this.place];
    return token?.kind === "sign" && signs.includes(token.text);
  }
  take() {
    if (this.place === this.tokens.length) throw new Error("something is missing at the end");
    return this.tokens[this.place++];
  }
  whole() {
    const value = this.sum();
    if (this.place < this.tokens.length) throw new Error(`cannot read “${this.tokens[this.place].text}” there`);
    return value;
  }
  sum() {
    let value = this.product();
    while (this.ahead("+", "-")) {
      const sign = this.take().text === "+" ? 1 : -1;
      value = finite(value + sign * this.product(), "the sum");
    }
    return value;
  }
  product() {
    let value = this.signed();
    for (;;) {
      let over = false;
      if (this.ahead("*", "/")) over = this.take().text === "/";
      else if (!this.ahead("(") && this.tokens[this.place]?.kind !== "word") return value;
      const other = this.signed();
      value = over ? finite(value / other, "that quotient") : finite(value * other, "that product");
    }
  }
  signed() {
    if (!this.ahead("+", "-")) return this.power();
    return this.take().text === "+" ? this.signed() : -this.signed();
  }
  power() {
    const base = this.atom();
    if (!this.ahead("^")) return base;
    this.take();
    return finite(base ** this.signed(), "that power");
  }
  atom() {
    const token = this.take();
    if (token.kind === "number") return finite(token.value, `“${token.text}”`);
    if (token.text === "(") {
      const value = this.sum();
      if (!this.ahead(")")) throw new Error("a closing bracket is missing");
      this.take();
      return value;
    }
    if (own(CONSTANTS, token.text)) return CONSTANTS[token.text];
    if (own(FUNCTIONS, token.text)) {
      const argument = this.ahead("-", "+") ? this.signed() : this.power();
      return finite(FUNCTIONS[token.text](argument), `${token.text} of that`);
    }
    throw new Error(`cannot read “${token.text}” there`);
  }
}

// The number, or an Error that says what cannot be read.
export function numberOf(text) {
  if ([...text].length > LONGEST) throw new Error(`expected at most ${LONGEST} characters, got ${[...text].length}`);
  const endless = text.trim().replace(/[−–]/g, "-").match(/^([+-]?) *(?:∞|inf|infinity)$/i);
  if (endless) return endless[1] === "-" ? -Infinity : Infinity;
  for (const [spelling, plain] of SPELLINGS) text = text.replaceAll(spelling, plain);
  if (!text.trim()) throw new Error("there is nothing to read");
  return new Reader(text).whole();
}
