// What the tests' pages hang on the window, where their drivers find it.
interface Window {
  begin: any;
  collaboration: any;
  diagnose: any;
  finished: any;
  found: any;
  frame: any;
  jupyterapp: any;
  leaked: any;
  navigation: any;
  opened: any;
  prepare: any;
  press: any;
  read: any;
  ready: any;
  result: any;
  resumed: any;
  runSteps: any;
  saveAndRead: any;
  site: any;
}
