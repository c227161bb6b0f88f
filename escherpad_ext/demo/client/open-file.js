// Which view a file gets.

import { NotebookDocument } from "./notebook-document.js";
import { notify } from "./notices.js";
import { OpenDocument } from "./open-document.js";
import { shownFile, TextDocument } from "./text-document.js";

/** @param {import("./jupyter.js").Contents} entry with its content */
export function openDocument(entry) {
  if (entry.type === "notebook") return new NotebookDocument(entry, notify);
  if (entry.format === "text") return new TextDocument(entry);
  return new OpenDocument(entry, shownFile(entry));
}
