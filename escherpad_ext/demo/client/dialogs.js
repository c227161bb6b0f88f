// Questions to the person.

import { el } from "./dom.js";

/**
 * Ask a question; true if the person agreed.
 * @param {string} question
 * @param {string} agree what the button says
 * @returns {Promise<boolean>}
 */
export async function ask(question, agree) {
  const dialog = createDialog(question, agree);
  return (await answer(dialog)) === "yes";
}

/**
 * Ask for a line of text; "" if the person did not answer.
 * @param {string} question
 * @param {string} value what the field has at first; its name is selected, not its ending
 * @param {string} agree what the button says
 * @param {(text: string) => string} problem what is wrong with a text, or ""
 */
export async function askText(question, value, agree, problem) {
  const label = el("label", { htmlFor: "ask-field" }, question);
  const field = el("input", { id: "ask-field", value, autocomplete: "off", spellcheck: false });
  field.dataset.testid = "ask-field";
  field.required = true;
  field.addEventListener("input", () => field.setCustomValidity(problem(field.value.trim())));
  const dialog = createDialog(label, agree, field);
  const given = answer(dialog);
  const dot = value.lastIndexOf(".");
  field.focus();
  field.setSelectionRange(0, dot > 0 ? dot : value.length);
  return (await given) === "yes" ? field.value.trim() : "";
}

/** @param {string | Node} question @param {string} agree @param {...Node} fields */
function createDialog(question, agree, ...fields) {
  const cancel = () => dialog.close("");
  const form = el(
    "form",
    { method: "dialog" },
    el("p", { id: "ask-question" }, question),
    ...fields,
    el(
      "div",
      { className: "ask-buttons" },
      el("button", { type: "button", onclick: cancel }, "Cancel"),
      el("button", { className: "primary", value: "yes", "data-testid": "ask-agree" }, agree),
    ),
  );
  const dialog = el("dialog", { className: "ask", "aria-labelledby": "ask-question" }, form);
  return dialog;
}

/** @param {HTMLDialogElement} dialog @returns {Promise<string>} */
function answer(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
