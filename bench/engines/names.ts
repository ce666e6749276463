/** Every engine, in the order of the table's columns. */
export const engineNames = ['cotangent-compiled', 'cotangent-eager', 'jax-js', 'tfjs-wasm', 'tfjs-cpu'] as const

export type EngineName = (typeof engineNames)[number]

/** The engines that can be the baseline of ratios; the first one that ran is used. */
export const baselines: readonly EngineName[] = ['cotangent-compiled', 'cotangent-eager']
