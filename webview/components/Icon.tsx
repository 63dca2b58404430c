/** A codicon; always beside text or inside a control with a name. */
export function Icon({ name, slot }: { readonly name: string; readonly slot?: string }) {
  return <i class={`codicon codicon-${name}`} aria-hidden="true" {...(slot !== undefined && { slot })} />;
}
