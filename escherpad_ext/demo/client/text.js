// Text as a terminal would show it: colours, and a carriage return that overwrites its line.

const ESCAPE = /\x1b\[([0-9;]*)m/g;
const OTHER_ESCAPES = /\x1b(?:\[[0-9;?]*[A-Za-ln-z]|\][^\x07]*\x07)/g;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/**
 * What a line shows after more was written to it: `\r` goes back to its start, `\b` one left.
 * @param {string} shown
 * @param {string} added
 */
export function appendText(shown, added) {
  if (!/[\r\b]/.test(added)) return shown + added;
  const start = shown.lastIndexOf("\n") + 1;
  const lines = (shown.slice(start) + added).replaceAll("\r\n", "\n").split("\n");
  return shown.slice(0, start) + lines.map(overwrite).join("\n");
}

/** @param {string} line */
function overwrite(line) {
  // A trailing \r waits for what comes: a progress bar must not vanish between two updates.
  const ending = line.endsWith("\r") ? "\r" : "";
  let shown = "";
  for (const part of line.slice(0, line.length - ending.length).split("\r")) {
    shown = backspace(part) + shown.slice(part.length);
  }
  return shown + ending;
}

/** @param {string} text */
function backspace(text) {
  while (/[^\b]\x08/.test(text)) text = text.replace(/[^\b]\x08/, "");
  return text.replaceAll("\b", "");
}

/** @typedef {{colour: string, bold: boolean}} Style */

/** @returns {Style} */
export function plainStyle() {
  return { colour: "", bold: false };
}

/**
 * Return nodes for text with ANSI colours; everything in it is text, never markup.
 * @param {string} text
 * @param {Style} [style] at its beginning; that at its end, afterwards
 */
export function ansiNodes(text, style = plainStyle()) {
  const nodes = [];
  let end = 0;
  const plain = text.replace(OTHER_ESCAPES, "").replace(/\r$/gm, "");
  for (const match of plain.matchAll(ESCAPE)) {
    nodes.push(styled(plain.slice(end, match.index), style));
    applyCodes(match[1], style);
    end = match.index + match[0].length;
  }
  nodes.push(styled(plain.slice(end), style));
  return nodes;
}

/** @param {string} codes @param {Style} style */
function applyCodes(codes, style) {
  const numbers = codes.split(";").map(Number);
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i];
    if (code === 0) Object.assign(style, { colour: "", bold: false });
    else if (code === 1) style.bold = true;
    else if (code === 22) style.bold = false;
    else if (code === 39) style.colour = "";
    else if (code >= 30 && code <= 37) style.colour = COLOURS[code - 30];
    else if (code >= 90 && code <= 97) style.colour = COLOURS[code - 90];
    else if (code === 38 || code === 48) {
      const indexed = numbers[i + 1] === 5; // 38;5;n or 38;2;r;g;b
      if (indexed && code === 38) style.colour = COLOURS[numbers[i + 2]] ?? "blue";
      i += indexed ? 2 : 4;
    }
  }
}

/** @param {string} text @param {Style} style */
function styled(text, { colour, bold }) {
  if (!colour && !bold) return document.createTextNode(text);
  const span = document.createElement("span");
  span.textContent = text;
  if (colour) span.classList.add(`ansi-${colour}`);
  if (bold) span.classList.add("ansi-bold");
  return span;
}
