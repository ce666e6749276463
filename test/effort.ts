/** How many times as many cases as usual the property tests draw: CT_EFFORT=10 draws ten times as many. */
export const effort = Number(process.env['CT_EFFORT'] ?? 1)

/** Drawn cases of a property. */
export function runs(usual: number): number {
  return Math.max(1, Math.round(usual * effort))
}
