// Messages of a kernel, as a WebSocket carries them.

/**
 * A message of a kernel: https://jupyter-client.readthedocs.io/en/stable/messaging.html
 * @typedef {{channel: string, header: {msg_id: string, msg_type: string, session: string},
 *   parent_header: {msg_id?: string, session?: string}, metadata: object, content: any,
 *   buffers: (DataView|ArrayBuffer)[]}} Message
 */

/**
 * Text is JSON; binary is a JSON message and its buffers, after a table of their offsets.
 * @param {string | ArrayBuffer} data
 * @returns {Message}
 */
export function decode(data) {
  if (typeof data === "string") return JSON.parse(data);
  const view = new DataView(data);
  const count = view.getUint32(0);
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(4 * (i + 1)));
  const parts = starts.map((start, i) => data.slice(start, starts[i + 1]));
  const message = JSON.parse(new TextDecoder().decode(parts[0]));
  return { ...message, buffers: parts.slice(1) };
}

/**
 * @param {Pick<Message, "channel" | "content">} message
 * @param {{msg_type: string, session: string, parent_header?: object}} options
 */
export function createMessage({ channel, content }, { msg_type, session, parent_header = {} }) {
  const msg_id = crypto.randomUUID();
  const date = new Date().toISOString();
  const header = { msg_id, msg_type, date, session, username: "", version: "5.3" };
  return { channel, header, parent_header, metadata: {}, content, buffers: [] };
}
