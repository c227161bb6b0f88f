// An allowed page: a whole notebook session with the client library that JupyterLab itself uses.
import { connect } from "./connection.js";
import { contentsSteps } from "./contents_steps.js";
import { kernelSteps } from "./kernel_steps.js";
import { errorSteps, headerSteps, serverSteps } from "./server_steps.js";
import { provideSteps } from "./steps.js";

const steps = [...serverSteps, ...contentsSteps, ...kernelSteps, ...errorSteps, ...headerSteps];

provideSteps(() => steps, connect);
