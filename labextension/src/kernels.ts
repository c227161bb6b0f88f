// The kernels that apps started: their section in the panel of what is running.
import { PathExt } from "@jupyterlab/coreutils";
import { IRunningSessions } from "@jupyterlab/running";
import { ServiceManager } from "@jupyterlab/services";
import { TranslationBundle } from "@jupyterlab/translation";
import { notebookIcon } from "@jupyterlab/ui-components";
import { ConnectedApps, IAppKernel } from "./apps";
import { nameOf, quoted } from "./words";

/** Have JupyterLab and the list of apps' kernels know of each other's. */
export function followKernels(
  apps: ConnectedApps,
  { kernels, sessions }: ServiceManager.IManager,
): void {
  const note = (): void => apps.noteRunning(Array.from(kernels.running(), ({ id }) => id));
  kernels.runningChanged.connect(note);
  note();
  apps.kernelStarted.connect(() => {
    void kernels.refreshRunning().catch(() => {});
    void sessions.refreshRunning().catch(() => {});
  });
}

/** The section. `openFile` opens a notebook, `openPage` the page of connected apps. */
export function runningKernels(
  apps: ConnectedApps,
  { kernels, sessions }: ServiceManager.IManager,
  trans: TranslationBundle,
  openFile: (path: string) => void,
  openPage: () => void,
): IRunningSessions.IManager {
  const pathOf = ({ id, path }: IAppKernel): string | undefined =>
    Array.from(sessions.running()).find((session) => session.kernel?.id === id)?.path ??
    path ??
    undefined;
  // One that ended meanwhile is no mistake: the list is asked for again.
  const end = (all: readonly IAppKernel[]): void => {
    const ended = all.map(({ id }) => kernels.shutdown(id));
    void Promise.all(ended).catch(() => apps.refresh().catch(() => false));
  };
  const item = (kernel: IAppKernel): IRunningSessions.IRunningItem => {
    const path = pathOf(kernel);
    const name = nameOf(kernel.app, trans);
    return {
      className: "jp-escherpad-Kernel",
      open: () => (path === undefined ? openPage() : openFile(path)),
      shutdown: () => end([kernel]),
      icon: () => notebookIcon,
      label: () => quoted(path === undefined ? kernel.name : PathExt.basename(path)),
      labelTitle: () => `${quoted(path ?? kernel.name, "end")}\n${name}`,
      detail: () => name,
    };
  };
  return {
    name: trans.__("Kernels of connected apps"),
    running: () => apps.kernels.map(item),
    shutdownAll: () => end(apps.kernels),
    refreshRunning: () => {}, // the section of the apps asks for both
    runningChanged: apps.changed,
    shutdownAllConfirmationText: trans.__("Shut down all kernels that apps started?"),
  };
}
