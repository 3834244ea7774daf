// Questions with native radio buttons and inputs, checked on the page. What is right, which
// slips people make and why a choice does not fit was worked out in Python.

function html(tag, properties, parent) {
  const node = Object.assign(document.createElement(tag), properties);
  parent?.append(node);
  return node;
}

// --- answers: no drawing here ------------------------------------------------------------

const SIGNS = { "∞": Infinity, "+∞": Infinity, "−∞": -Infinity };
const valueOf = number => typeof number === "string" ? SIGNS[number] : number;

// What a reader writes for a number: 0.5, 0,5, 1/2, −3, 1e-3, ∞, inf. NaN if it is none.
function numberOf(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/\s+/g, "").toLowerCase();
  const endless = plain.match(/^([+-]?)(∞|inf|infinity)$/);
  if (endless) return endless[1] === "-" ? -Infinity : Infinity;
  const grouped = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)
    ? plain.replaceAll(",", "") : plain.replace(",", ".");
  const pieces = grouped.split("/");
  const numbers = pieces.map(piece => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(piece) ? Number(piece) : NaN);
  if (numbers.length === 1) return numbers[0];
  return numbers.length === 2 && numbers[1] !== 0 ? numbers[0] / numbers[1] : NaN;
}

function near(given, target, tolerance) {
  if (!Number.isFinite(given) || !Number.isFinite(target)) return given === target;
  return Math.abs(given - target) <= tolerance;
}

function verdict(question, given) {
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

// --- drawing -----------------------------------------------------------------------------

function drawChoice(question, id, form) {
  const list = html("div", { className: "wg-options" }, form);
  const radios = question.options.map(option => {
    const label = html("label", {}, list);
    const radio = html("input", { type: "radio", name: id, value: option.text }, label);
    html("span", { textContent: option.text }, label);
    return radio;
  });
  return {
    read: () => radios.find(radio => radio.checked)?.value ?? null,
    show: given => { for (const radio of radios) radio.checked = radio.value === given; },
    missing: "Choose one of the answers first.",
  };
}

function drawNumber(id, form) {
  const label = html("label", { className: "wg-number" }, form);
  html("span", { textContent: "Your number" }, label);
  const input = html("input", { type: "text", id, autocomplete: "off", spellcheck: false }, label);
  const parse = () => numberOf(input.value);
  return {
    read: () => Number.isNaN(parse()) ? null
      : Number.isFinite(parse()) ? parse() : parse() > 0 ? "∞" : "−∞",
    show: given => {
      if (given === undefined) input.value = "";
      else if (Number.isNaN(parse()) || valueOf(given) !== parse()) input.value = String(given).replace("-", "−");
    },
    missing: "Write a number first, such as 0.25, 1/4 or ∞.",
  };
}

function drawQuestion(question, number, parent, answered) {
  const id = `wg-${Math.random().toString(36).slice(2)}`;
  const form = html("form", { className: "wg-question", noValidate: true }, parent);
  form.dataset.question = question.name;
  const set = html("fieldset", {}, form);
  const legend = html("legend", {}, set);
  html("strong", { textContent: `${number}. ` }, legend);
  legend.append(question.text, " ");
  html("em", { textContent: `(${question.depth})` }, legend);
  const field = question.kind === "choice" ? drawChoice(question, id, set) : drawNumber(id, set);
  html("button", { type: "submit", textContent: "Check" }, set);
  const told = html("p", { className: "wg-told" }, set);
  told.setAttribute("role", "status");
  const fold = html("details", {}, set);
  html("summary", { textContent: "Solution" }, fold);
  html("p", { textContent: question.solution }, fold);
  // A page submits by itself when Enter is pressed in a field; JupyterLab does not let it.
  set.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", event => {
    event.preventDefault();
    const given = field.read();
    if (given === null) told.textContent = field.missing;
    else answered(question.name, given);
  });
  return {
    question,
    update: given => {
      field.show(given);
      const said = given === undefined ? null : verdict(question, given);
      told.textContent = said?.text ?? "";
      form.dataset.right = said ? said.right : "";
      if (given === undefined) fold.open = false;
      return said?.right === true;
    },
  };
}

function render({ model, el }) {
  const root = html("div", { className: "wg wg-quiz" }, el);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Quiz");
  root.dataset.lmSuppressShortcuts = "true";  // JupyterLab would keep letters to itself
  const bar = html("div", { className: "wg-buttons wg-quizbar" }, root);
  const score = html("p", { className: "wg-score" }, bar);
  score.setAttribute("role", "status");
  const again = html("button", { type: "button", textContent: "Start again" }, bar);

  const answered = (name, given) => {
    const before = model.get("answers");
    if (before[name] === given) return;
    model.set("answers", { ...before, [name]: given });
    model.save_changes();
  };
  const drawn = [];
  for (const section of model.get("sections")) {
    html("h3", { textContent: section.title }, root);
    for (const question of section.questions) drawn.push(drawQuestion(question, drawn.length + 1, root, answered));
  }
  let shown = null;
  const draw = () => {
    const answers = model.get("answers");
    let right = 0;
    for (const entry of drawn) {
      const given = answers[entry.question.name];
      if (shown && shown[entry.question.name] === given) {
        right += given !== undefined && verdict(entry.question, given).right;
      } else right += entry.update(given);
    }
    const tried = Object.keys(answers).length, open = tried - right;
    const rest = open ? `, ${open} to try again` : "";
    score.textContent = `${right} of ${drawn.length} right${rest}`;
    root.dataset.right = right;
    shown = answers;
  };
  again.addEventListener("click", () => {
    shown = null;
    model.set("answers", {});
    model.save_changes();
    draw();
  });
  model.on("change:answers", draw);
  draw();
  return () => model.off("change:answers", draw);
}

export default { render };
