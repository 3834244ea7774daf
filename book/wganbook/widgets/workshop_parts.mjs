// What the workshop's page is built of: elements, buttons, and a control for each setting with its
// own sentence for what cannot be. Text goes into the page as text, never as HTML.
import { html } from "./nodes.mjs";
import { readField, Refused, sees } from "./workshop_state.mjs";

// Every widget has this module anew, so its own count alone would give two fields one name.
const mine = Math.random().toString(36).slice(2, 10);
let numbered = 0;
export const nextId = () => `wg-shop-${mine}-${++numbered}`;
export const short = value => Number.isFinite(value) ? String(+value.toPrecision(3)).replace("-", "−") : "–";
export const button = (text, parent, act) => {
  const node = html("button", { type: "button", textContent: text }, parent);
  node.addEventListener("click", act);
  return node;
};

// --- a control for each setting, with its own sentence for what cannot be -----------------------

function control(field, parent, get, put) {
  const row = html("div", { className: "wg-field" }, parent), id = nextId();
  html("label", { htmlFor: id, textContent: field.label }, row);
  const input = html(field.choices ? "select" : "input", { id }, row);
  if (field.choices) {
    for (const [value, text] of Object.entries(field.choices)) html("option", { value, textContent: text }, input);
  } else Object.assign(input, { type: "text", inputMode: field.text ? "text" : "decimal", spellcheck: false, size: 7 });
  const error = html("p", { className: "wg-error", id: `${id}-error`, hidden: true }, row);
  error.setAttribute("role", "alert");
  input.setAttribute("aria-describedby", error.id);
  const complain = text => {
    error.textContent = text;
    error.hidden = !text;
    input.setAttribute("aria-invalid", String(Boolean(text)));
  };
  input.addEventListener("change", () => {
    try {
      const value = readField(field, input.value);
      complain("");
      put(value);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      complain(`${refused.message}. ${short(get())} stays.`.replace("– stays", `${get()} stays`));
    }
  });
  const show = () => {
    row.hidden = !sees(field, get.all());
    input.value = get();
    complain("");
  };
  return { show };
}

export function controls(fields, parent, all, changed) {
  const made = fields.map(field => {
    const get = Object.assign(() => all()[field.key], { all });
    return control(field, parent, get, value => {
      all()[field.key] = value;
      changed(field.key);
    });
  });
  return () => made.forEach(({ show }) => show());
}

/** Rows of a table, cell by cell. */
export const tableRow = (cells, tag) => {
  const line = html("tr", {});
  for (const cell of cells) html(tag, { textContent: cell }, line);
  return line;
};

/** Hand the reader a file. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  html("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
