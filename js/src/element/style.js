// How the element looks. Its colours are those of the page around it, so that light and dark fit.

export const CSS = `
:host { display: block; color-scheme: inherit; line-height: 1.5;
  --accent: var(--jupyter-connect-accent, light-dark(#0b57d0, #a8c7fa));
  --on-accent: var(--jupyter-connect-on-accent, light-dark(#fff, #062e6f)); }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.panel, form { display: grid; grid-template-columns: minmax(0, 1fr); gap: .75em; overflow-wrap: anywhere; }
p, ul { margin: 0; }
label, .server { font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; }
input { flex: 1 1 14em; min-width: 0; }
input, button { font: inherit; min-height: 2.25em; padding: .3em .8em; color: inherit;
  border: 1px solid color-mix(in srgb, currentColor 65%, transparent); border-radius: .5em; background: none; }
button { cursor: pointer; }
button:hover { background: color-mix(in srgb, currentColor 10%, transparent); }
.primary, .primary:hover { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.primary:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.message:not(:empty), .fix { padding-inline-start: .75em; border-inline-start: 3px solid var(--accent); }
.message.error { border-color: light-dark(#b3261e, #f2b8b5); }
.fix { display: grid; gap: .5em; justify-items: start; }
pre { margin: 0; max-width: 100%; font: .875em/1.5 ui-monospace, monospace; white-space: pre-wrap; }
.mark { padding: 0 .4em; border: 1px solid; border-radius: .4em; font-size: .85em; font-weight: 600; white-space: nowrap; }
@media (forced-colors: active) { .message:not(:empty), .fix { border-color: CanvasText; } }
`;

/** One for all elements of a page. @type {CSSStyleSheet | undefined} */
let sheet;

/** Style a shadow tree: a constructed sheet, which a strict Content-Security-Policy allows. @param {ShadowRoot} root */
export function style(root) {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
}
