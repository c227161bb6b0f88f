// The element's own nodes. All texts are text: no string ever becomes markup.

import { LOOPBACK } from "../address.js";
import { cut } from "./texts.js";

/** @typedef {import("./texts.js").Speech} Speech */
/** @typedef {ReturnType<typeof makeView>} View */

const MAX_ITEMS = 20;
const BUNDLES = ["view", "edit", "run", "terminal", "full"];
/** What leads to running code, and so to the whole account. */
export const FULL_CONTROL =
  /^(run|terminal|full|((executions|sessions|kernels|terminals|nbconvert):write)|((kernels|terminals|lsp):execute)|nbconvert:read)$/;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} part its names for `::part`, which are its classes, too
 * @param {Record<string, string>} [attributes] @param {(Node | string)[]} children
 */
function make(tag, part, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries({ ...(part && { part, class: part }), ...attributes }))
    node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {string} part */
const button = (part) => make("button", `button ${part}`, { type: "button" });

const FIELD = {
  id: "field",
  type: "text",
  inputmode: "url",
  placeholder: "http://localhost:8888",
  autocomplete: "off",
  autocapitalize: "off",
  spellcheck: "false",
  dir: "ltr",
  "aria-describedby": "message",
};

function makeForm() {
  const label = make("label", "label", { for: "field" });
  const field = make("input", "field", FIELD);
  const connect = make("button", "button primary connect");
  const before = make("span", "", { id: "before" });
  const servers = make("span", "row");
  const forget = button("forget");
  const group = { role: "group", "aria-labelledby": "before" };
  const used = make("div", "row used", group, before, servers, forget);
  const form = make("form", "form", {}, label, make("div", "row", {}, field, connect), used);
  return { label, field, connect, before, servers, forget, used, form };
}

function makeConnection() {
  const server = make("p", "server", { id: "server" });
  const may = make("p", "may", { id: "may" });
  const allowed = make("ul", "allowed", { "aria-labelledby": "may" });
  const folder = make("p", "folder", { dir: "auto" });
  const until = make("p", "until");
  const extend = button("primary extend");
  const disconnect = button("disconnect");
  const group = { role: "group", "aria-labelledby": "server", tabindex: "-1" };
  const buttons = make("div", "row", {}, extend, disconnect);
  const all = [server, may, allowed, folder, until, buttons];
  const connection = make("div", "panel connection", group, ...all);
  return { server, may, allowed, folder, until, extend, disconnect, connection };
}

function makeFix() {
  const fixLabel = make("span", "", { id: "fix" });
  const commands = make("pre", "commands", { lang: "en", dir: "ltr" });
  const copy = button("copy");
  const group = { role: "group", "aria-labelledby": "fix" };
  return { fixLabel, commands, copy, fix: make("div", "fix", group, fixLabel, commands, copy) };
}

/** All that the element ever shows; what is not needed is hidden. */
export function makeView() {
  const nodes = { ...makeForm(), ...makeConnection(), ...makeFix() };
  const message = make("p", "message", { id: "message", role: "status", dir: "auto" });
  const cancel = button("cancel");
  const { form, connection, fix } = nodes;
  const panel = make("div", "panel", {}, form, connection, message, fix, cancel);
  return { ...nodes, message, cancel, panel };
}

/** Texts that do not change while the language stays. @param {View} view @param {Speech} speech */
export function label(view, { say, lang }) {
  view.panel.lang = lang;
  view.label.textContent = say("label");
  view.before.textContent = say("before");
  view.may.textContent = say("may");
  view.fixLabel.textContent = say("fix");
  for (const name of /** @type {const} */ (["forget", "extend", "disconnect", "copy", "cancel"]))
    view[name].textContent = say(name);
}

/** @param {View} view @param {string[]} servers @param {(server: string) => void} use */
export function showServers(view, servers, use) {
  view.used.hidden = !servers.length;
  const buttons = servers.map((server) => {
    const made = button("server-used");
    made.textContent = server;
    made.dir = "ltr";
    made.addEventListener("click", () => use(server));
    return made;
  });
  view.servers.replaceChildren(...buttons);
}

/**
 * @param {View} view @param {import("../connect.js").Connection} connection
 * @param {Speech} speech
 */
export function showConnection(view, { server, scopes, folder, expiresAt }, speech) {
  view.server.textContent = speech.say("connected", { server });
  view.allowed.replaceChildren(...allowed(server, scopes, speech));
  view.folder.hidden = folder === null;
  view.folder.textContent = cut(speech.say("folder", { folder: folder || "/" }));
  view.until.textContent = speech.say("until", { time: speech.time(expiresAt) });
}

/** What was allowed, in plain words. @param {string} server @param {string[]} scopes @param {Speech} speech */
function allowed(server, scopes, speech) {
  const { protocol, hostname } = new URL(server);
  const isUnprotected = protocol === "http:" && !LOOPBACK.test(hostname);
  return scopes.slice(0, MAX_ITEMS).map((name) => {
    const isBundle = BUNDLES.includes(name);
    const text = isBundle ? speech.find(name) : speech.say("scope", { scope: name });
    const item = make("li", "", {}, cut(text ?? name));
    if (FULL_CONTROL.test(name) || (isUnprotected && name === "edit"))
      item.append(" ", make("span", "mark", {}, speech.say("control")));
    return item;
  });
}
