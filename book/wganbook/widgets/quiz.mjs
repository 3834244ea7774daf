// Questions with native radio buttons and inputs, checked on the page, over the whole book.

import { html } from "./nodes.mjs";
import { drawTask, keptAnswer, verdict } from "./questions.mjs";

function drawQuestion(question, number, parent, answered) {
  const form = html("form", { className: "wg-question", noValidate: true }, parent);
  form.dataset.question = question.name;
  const set = html("fieldset", {}, form);
  const legend = html("legend", {}, set);
  html("strong", { textContent: `${number}. ` }, legend);
  legend.append(question.text, " ");
  html("em", { textContent: `(${question.depth})` }, legend);
  const task = drawTask(question, set, form, (given, written) => answered(question.name, given, written));
  const fold = html("details", {}, set);
  html("summary", { textContent: "Solution" }, fold);
  html("p", { textContent: question.solution }, fold);
  return {
    question,
    task,
    update: given => {
      if (given === undefined) fold.open = false;
      return task.update(given);
    },
  };
}

// The quiz keeps its answers apart from those of the chapters.
const keyOf = name => `quiz/${name}`;

function render({ model, el }) {
  const root = html("div", { className: "wg wg-quiz" }, el);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Quiz");
  root.dataset.lmSuppressShortcuts = "true";  // JupyterLab would keep letters to itself
  const bar = html("div", { className: "wg-buttons wg-quizbar" }, root);
  const score = html("p", { className: "wg-score" }, bar);
  score.setAttribute("role", "status");
  const again = html("button", { type: "button", textContent: "Start again" }, bar);

  const page = model.page;  // on a page without a kernel: what the reader's browser keeps
  const answered = (name, given, written) => {
    const before = model.get("answers");
    page?.keep(keyOf(name), written);
    if (before[name] === given) return void drawn.find(entry => entry.question.name === name).update(given);
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
  const put = answers => {
    shown = null;
    model.set("answers", answers);
    model.save_changes();
    draw();
  };
  again.addEventListener("click", () => {
    page?.forget(drawn.map(entry => keyOf(entry.question.name)));
    put({});
  });
  model.on("change:answers", draw);
  draw();
  const recall = () => {
    const found = {};
    for (const { question, task } of drawn) {
      const written = page.kept(keyOf(question.name)), given = keptAnswer(question, task, written);
      task.field.write(given === undefined ? "" : written);
      if (given !== undefined) found[question.name] = given;
    }
    put(found);
  };
  if (page) {
    page.onProgress(recall);
    recall();
  }
  return () => model.off("change:answers", draw);
}

export default { render };
