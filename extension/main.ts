/** Called by VS Code when something of EDIN is first used. */
export function activate(): void {
  // Nothing is contributed yet: package.json activates nothing.
}
