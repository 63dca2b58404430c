/** What Node warns of as a leak of listeners is a fault: it fails the suite in which it was seen. */
process.on("warning", (warning) => {
  if (warning.name === "MaxListenersExceededWarning") throw warning;
});
