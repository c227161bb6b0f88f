window.leaked = "the owner's secret";
