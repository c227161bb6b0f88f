// The server's events. JupyterLab has a socket for them, too, but does not say when it was lost and came back.
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

/**
 * Listen to the server's events, as long as the page is open. `opened` is called with each connection:
 * what happened before it was missed. After each failure, the pause before the next attempt doubles.
 */
export function listen(
  { appendToken, token, WebSocket, wsUrl }: ServerConnection.ISettings,
  opened: () => void,
  take: (event: Record<string, unknown>) => void,
): void {
  const query = appendToken && token ? `?token=${encodeURIComponent(token)}` : "";
  const url = URLExt.join(wsUrl, "api", "events", "subscribe") + query;
  let pause = FIRST_PAUSE;
  const connect = (): void => {
    const socket = new WebSocket(url);
    socket.onopen = () => {
      pause = FIRST_PAUSE;
      opened();
    };
    socket.onmessage = ({ data }) => take(JSON.parse(data));
    socket.onclose = () => {
      window.setTimeout(connect, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    };
  };
  connect();
}
