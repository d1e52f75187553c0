/** What the bundled echo component does. */
export default function echo(context: { readonly data: unknown }): { readonly echo: unknown } {
  return { echo: context.data }
}
