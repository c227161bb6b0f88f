// How apps are named to a person. Names are other people's: always text, short, on one line, isolated from what is around it.
import { TranslationBundle } from "@jupyterlab/translation";
import { IApp, IWho } from "./apps";

const LONGEST = 60;
/** Line ends, controls, and what turns the direction of a text round. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** What anybody wrote, for a place among other words. An address keeps its end, which says whose it is. */
export function quoted(text: string, keep: "start" | "end" = "start"): string {
  const characters = Array.from(text.replace(UNSEEN, " ").trim());
  let short = characters.join("");
  if (characters.length > LONGEST) {
    short =
      keep === "start"
        ? characters.slice(0, LONGEST).join("") + "…"
        : "…" + characters.slice(-LONGEST).join("");
  }
  return `\u2068${short}\u2069`;
}

/** Who an app is. */
export function nameOf(app: IWho, trans: TranslationBundle): string {
  if (app.origin !== null) return quoted(app.origin, "end");
  const kind = app.kind === "program" ? trans.__("A program") : trans.__("A script");
  return app.name ? `${kind} ${quoted(app.name)}` : kind;
}

/** What an app may do. The server's titles are among the translations, single scopes are not. */
export function accessOf(app: IApp, trans: TranslationBundle): string {
  const access = app.access.map((title) => trans.__(title)).join(", ");
  return app.full_control ? `${trans.__("Full control")}: ${access}` : access;
}
