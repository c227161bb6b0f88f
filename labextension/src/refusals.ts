// What an app tried, in a sentence. The server says it by a code (docs/wire.md).
import { TranslationBundle } from "@jupyterlab/translation";
import { IRefusal } from "./apps";
import { nameOf } from "./words";

type Sentence = (trans: TranslationBundle, name: string) => string;

const pageForOwner: Sentence = (trans, name) =>
  trans.__("%1 tried to use a page that is only for you", name);

const TRIED: ReadonlyMap<string, Sentence> = new Map([
  ["scope_missing", (trans, name) => trans.__("%1 tried something that you did not allow", name)],
  [
    "outside_folder",
    (trans, name) => trans.__("%1 tried something outside the folder that you gave it", name),
  ],
  [
    "hidden_or_secret",
    (trans, name) => trans.__("%1 tried to reach hidden files or Jupyter's secrets", name),
  ],
  [
    "folder_holds_secrets",
    (trans, name) =>
      trans.__("%1 tried to reach files, but the server's folder holds Jupyter's secrets", name),
  ],
  ["out_of_reach", (trans, name) => trans.__("%1 tried something that only you may do", name)],
  ["token_used", pageForOwner],
  ["not_navigated", pageForOwner],
]);

/** Any other refusal: of a token, of an address, of too many attempts. */
const somethingElse: Sentence = (trans, name) =>
  trans.__("%1 sent a request that the server refused", name);

/** What an app tried. */
export function triedBy({ app, reason }: IRefusal, trans: TranslationBundle): string {
  const sentence = TRIED.get(reason) ?? somethingElse;
  return sentence(trans, nameOf(app, trans));
}
