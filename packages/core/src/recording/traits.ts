import type { Kind } from '../arguments/arguments'
import type { Law, LinearIn } from './law'

/** The kind of an argument that is a law. It accepts any law with the rules that its kind needs. */
export const aLaw: Kind = {
  expected: 'a law with its rules',
  accepts: (value) => typeof value === 'object' && value !== null && isLaw(value as Law),
  remedy: 'state how the op is differentiated, or pass noGradient(reason)',
}

type LawOf<K extends Law['kind']> = Extract<Law, { kind: K }>

/** Properties of an op that its law shows without differentiating it. */
interface Traits<K extends Law['kind']> {
  /** Whether the law has the rules that its kind needs. */
  isComplete(law: LawOf<K>): boolean
  /** The sets of inputs in which the op is jointly linear. */
  linearIn(law: LawOf<K>, inputCount: number): LinearIn
  /** Whether derivatives reach an input. */
  carries(law: LawOf<K>, input: number): boolean
}

const isFunction = (value: unknown) => typeof value === 'function'
const never = { isComplete: () => true, linearIn: () => [], carries: () => false }

// Both modes of each kind are in `autodiff/laws.ts`. A kind that is missing here does not compile.
const traits: { [K in Law['kind']]: Traits<K> } = {
  elementwise: {
    isComplete: ({ partials }) => Array.isArray(partials),
    linearIn: ({ linearIn }) => linearIn,
    carries: ({ partials }, input) => partials[input] !== null,
  },
  linear: {
    isComplete: ({ transpose }) => isFunction(transpose),
    linearIn: (law, count) => law.linearIn ?? [law.arguments ?? Array.from({ length: count }, (_, index) => index)],
    carries: (law, input) => law.arguments?.includes(input) ?? true,
  },
  bilinear: {
    isComplete: ({ transposes }) =>
      Array.isArray(transposes) && transposes.length === 2 && transposes.every(isFunction),
    linearIn: () => [[0], [1]],
    carries: () => true,
  },
  vjp: {
    isComplete: ({ pullback }) => isFunction(pullback),
    linearIn: ({ linearIn = [] }) => linearIn,
    carries: () => true,
  },
  region: { isComplete: ({ pullback }) => isFunction(pullback), linearIn: () => [], carries: () => true },
  constant: never,
  none: never,
}

const traitsOf = (law: Law) => traits[law.kind] as Traits<Law['kind']>

function isLaw(law: Law): boolean {
  return Object.hasOwn(traits, law.kind) && traitsOf(law).isComplete(law)
}

/** The sets of inputs in which a law states that its op is jointly linear. */
export function linearIn(law: Law, inputCount: number): LinearIn {
  return traitsOf(law).linearIn(law, inputCount)
}

/** Whether derivatives reach an input, according to a law. */
export function carries(law: Law, input: number): boolean {
  return traitsOf(law).carries(law, input)
}
