// Answering a question on the page: what an answer is worth, and the form in which it is given.
// What is right, which slips people make and why a choice does not fit was worked out in Python.

import { html } from "./nodes.mjs";
import { numberOf } from "./numbers.mjs";

const SIGNS = { "∞": Infinity, "+∞": Infinity, "−∞": -Infinity };
const valueOf = number => typeof number === "string" ? SIGNS[number] : number;

// What JSON can hold.
const plainOf = number => Number.isFinite(number) ? number : number > 0 ? "∞" : "−∞";

function near(given, target, tolerance) {
  if (!Number.isFinite(given) || !Number.isFinite(target)) return given === target;
  return Math.abs(given - target) <= tolerance;
}

// What the checker says: `given` is the text of an option, or a number.
export function verdict(question, given) {
  if (question.kind === "choice") {
    const option = question.options.find(each => each.text === given);
    return option.right ? { right: true, text: "Right." } : { right: false, text: `Not yet. ${option.hint}` };
  }
  const number = valueOf(given);
  if (near(number, valueOf(question.answer), question.tolerance)) return { right: true, text: "Right." };
  const slip = question.slips.find(([value]) => near(number, valueOf(value), question.tolerance));
  const hint = slip ? slip[1] : "Compare with the definition, or unfold the solution.";
  return { right: false, text: `Not yet. ${hint}` };
}

// --- fields: read() gives an answer or throws what is wrong; show(given) puts one there --------

function choiceField(question, id, form) {
  const list = html("div", { className: "wg-options" }, form);
  const radios = question.options.map(option => {
    const label = html("label", {}, list);
    const radio = html("input", { type: "radio", name: id, value: option.text }, label);
    html("span", { textContent: option.text }, label);
    return radio;
  });
  const chosen = () => radios.find(radio => radio.checked)?.value;
  return {
    read: () => {
      if (chosen() === undefined) throw new Error("Choose one of the answers first.");
      return chosen();
    },
    written: chosen,
    write: text => { for (const radio of radios) radio.checked = radio.value === text; },
    show: given => { for (const radio of radios) radio.checked = radio.value === given; },
    fits: given => question.options.some(option => option.text === given),
    said: () => "",
  };
}

// What the reader wrote as a number, where that is worth a word: log 2 = 0.6931.
function readAs(text) {
  const number = numberOf(text), plain = text.trim();
  if (!Number.isFinite(number) || /^[-−+]?[\d.,]+(e[-+]?\d+)?$/i.test(plain)) return "";
  return `${plain} = ${String(+number.toPrecision(4)).replace("-", "−")}. `;
}

function numberField(question, id, form) {
  const label = html("label", { className: "wg-number" }, form);
  html("span", { textContent: "Your number" }, label);
  const input = html("input", { type: "text", id, autocomplete: "off", spellcheck: false, maxLength: 200 }, label);
  const parse = () => {
    try { return numberOf(input.value); } catch { return NaN; }
  };
  return {
    read: () => {
      if (!input.value.trim()) throw new Error("Write a number first, such as 0.25, 1/4, log 2, 2*pi or ∞.");
      try { return plainOf(numberOf(input.value)); } catch (error) {
        throw new Error(`That is no number yet: ${error.message}. Such as 0.25, 1/4, log 2, 2*pi or ∞.`);
      }
    },
    written: () => input.value,
    write: text => { input.value = text; },
    show: given => {
      if (given === undefined) input.value = "";
      else if (!near(valueOf(given), parse(), 1e-12 * Math.abs(parse()))) input.value = String(given).replace("-", "−");
    },
    fits: given => !Number.isNaN(valueOf(given) ?? NaN),
    said: () => Number.isNaN(parse()) ? "" : readAs(input.value),
  };
}

// --- a form ------------------------------------------------------------------------------------

// Draws fields, button and what is said below. Calls answered(given, written) on Check; update
// shows an answer, or none, and says whether it is right.
export function drawTask(question, set, form, answered) {
  const id = `wg-${Math.random().toString(36).slice(2)}`;
  const field = question.kind === "choice" ? choiceField(question, id, set) : numberField(question, id, set);
  html("button", { type: "submit", textContent: "Check" }, set);
  const told = html("p", { className: "wg-told" }, set);
  told.setAttribute("role", "status");
  // A page submits by itself when Enter is pressed in a field; JupyterLab does not let it.
  set.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", event => {
    event.preventDefault();
    try {
      answered(field.read(), field.written());
    } catch (error) {
      told.textContent = error.message;
      form.dataset.right = "";
    }
  });
  return {
    field,
    update: given => {
      field.show(given);
      const judged = given === undefined || given === null ? null : verdict(question, given);
      told.textContent = judged ? field.said() + judged.text : "";
      form.dataset.right = judged ? judged.right : "";
      return judged?.right === true;
    },
  };
}

// The answer that the reader's browser kept, if it still fits the question: what was written, and
// what it is worth. The text comes from a store that anybody may have changed.
export function keptAnswer(question, task, written) {
  if (typeof written !== "string") return undefined;
  if (question.kind === "choice") return task.field.fits(written) ? written : undefined;
  try { return plainOf(numberOf(written)); } catch { return undefined; }
}
