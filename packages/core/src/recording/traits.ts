import type { Law, LinearIn } from './law'

/** A law of a kind. */
export type LawOf<K extends Law['kind']> = Extract<Law, { kind: K }>

/** Properties of an op that its law shows without differentiating it. */
interface Traits<K extends Law['kind']> {
  /** The sets of inputs in which the op is jointly linear. */
  linearIn(law: LawOf<K>, inputCount: number): LinearIn
  /** Whether derivatives reach an input. */
  carries(law: LawOf<K>, input: number): boolean
}

const never = { linearIn: () => [], carries: () => false }

// Both modes of each kind are in `autodiff/laws.ts`. A kind that is missing here does not compile.
const traits: { [K in Law['kind']]: Traits<K> } = {
  elementwise: {
    linearIn: ({ linearIn }) => linearIn,
    carries: ({ partials }, input) => partials[input] !== null,
  },
  linear: {
    linearIn: (law, count) => law.linearIn ?? [law.arguments ?? Array.from({ length: count }, (_, index) => index)],
    carries: (law, input) => law.arguments?.includes(input) ?? true,
  },
  bilinear: {
    linearIn: () => [[0], [1]],
    carries: () => true,
  },
  vjp: {
    linearIn: ({ linearIn = [] }) => linearIn,
    carries: () => true,
  },
  region: { linearIn: () => [], carries: () => true },
  constant: never,
  none: never,
}

const traitsOf = (law: Law) => traits[law.kind] as Traits<Law['kind']>

/** The sets of inputs in which a law states that its op is jointly linear. */
export function linearIn(law: Law, inputCount: number): LinearIn {
  return traitsOf(law).linearIn(law, inputCount)
}

/** Whether derivatives reach an input, according to a law. */
export function carries(law: Law, input: number): boolean {
  return traitsOf(law).carries(law, input)
}
