// One question of a chapter, answered where it stands.

import { drawTask, keptAnswer } from "./questions.mjs";

function render({ model, el }) {
  const question = model.get("task"), page = model.page;
  const root = document.createElement("div"), form = document.createElement("form");
  const set = document.createElement("fieldset"), legend = document.createElement("legend");
  root.className = "wg wg-answer";
  root.dataset.lmSuppressShortcuts = "true";  // JupyterLab would keep letters to itself
  form.className = "wg-question";
  form.noValidate = true;
  form.dataset.question = question.name;
  legend.textContent = "Your answer";
  set.append(legend);
  form.append(set);
  root.append(form);
  el.append(root);

  const put = given => { model.set("given", given); model.save_changes(); };
  const task = drawTask(question, set, form, (given, written) => {
    page?.keep(question.name, written);
    if (model.get("given") === given) draw();  // what is written may still read otherwise
    else put(given);
  });
  const draw = () => {
    const right = task.update(model.get("given") ?? undefined);
    page?.report(question.name, right);
  };
  const recall = () => {
    const written = page.kept(question.name), given = keptAnswer(question, task, written);
    task.field.write(given === undefined ? "" : written);
    put(given ?? null);
    draw();
  };
  model.on("change:given", draw);
  draw();
  if (page) {
    page.onProgress(recall);
    recall();
  }
  return () => model.off("change:given", draw);
}

export default { render };
