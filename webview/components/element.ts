import { h, type ComponentChildren, type VNode } from "preact";

/** Makes a custom element of @vscode-elements, whose attributes Preact's types do not know. */
export function element(
  tag: `vscode-${string}`,
  props: Readonly<Record<string, unknown>>,
  children?: ComponentChildren,
): VNode {
  return h(tag, { ...props } as Record<string, never>, children) as VNode;
}
