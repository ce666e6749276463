import {
  applyAll,
  type Domain,
  DTypeError,
  type Law,
  type Op,
  type Sample,
  type SampleInput,
  tensor,
  type Tensor,
} from '@cotangent/core'
import { numbersFrom } from '../random'
import { isFloat } from '../replay'
import { drawSeed, drawWith, type Generator } from './draw'
import { fill, varieties, type Variety } from './values'

/** What the laws are held against: an op, or a function made of ops. */
export interface OpSubject {
  readonly name: string
  readonly domain: Domain
  readonly call: (inputs: readonly Tensor[], attributes: any) => Tensor
  /** Absent where the function is made of ops. */
  readonly law?: Law
  readonly op?: Op
  /** The output has one dtype whatever the inputs have. */
  readonly fixedDType: boolean
  /** The domain is a guess: inputs that the function refuses are none of its domain. */
  readonly isGuess?: boolean
}

/** One test: concrete inputs, and a source of further numbers. */
export interface Case {
  readonly subject: OpSubject
  readonly inputs: readonly Tensor[]
  readonly attributes: unknown
  /** What the domain says of each input. */
  readonly sample: readonly SampleInput[]
  /** Positions of the floating-point inputs. */
  readonly floats: readonly number[]
  /** The floating-point inputs. */
  readonly xs: readonly Tensor[]
  /** The subject as a function of its floating-point inputs alone. */
  readonly f: (...floats: readonly Tensor[]) => Tensor
  /** Whether the inputs keep clear of kinks and poles. */
  readonly isPlain: boolean
  /** Draws the directions. */
  readonly seed: number
  /** A fresh stream of numbers, the same for the same case. */
  readonly random: () => number
  /** A tensor of the type of `x` with entries in [-1, 1]. */
  readonly like: (x: Tensor) => Tensor
}

/** An op as a subject. */
export function subjectOf(op: Op, fixedDType = false): OpSubject {
  const call = (inputs: readonly Tensor[], attributes: unknown) => applyAll(op, inputs, attributes)[0]
  return { name: op.name, domain: op.domain, law: op.law as Law, op, fixedDType, call }
}

/** Draws a case of a subject. */
export function drawCase(subject: OpSubject, g: Generator): Case {
  const variety: Variety = drawWith(g).pick(varieties)
  const sample: Sample<unknown> = subject.domain(drawWith(g, variety === 'large' ? 12 : 4))
  const seed = drawSeed(g)
  const values = (float: 'float32' | 'float64') => fill(sample, numbersFrom(seed), variety, float)
  const inputs = takes(subject, values('float64'), sample.attributes) ? values('float64') : values('float32')
  return makeCase(subject, inputs, sample, seed, variety === 'plain' || variety === 'large')
}

/** Whether the subject accepts the dtypes of these inputs. */
function takes(subject: OpSubject, inputs: readonly Tensor[], attributes: unknown): boolean {
  try {
    subject.call(inputs, attributes)
    return true
  } catch (error) {
    return !(error instanceof DTypeError)
  }
}

/** A case with given inputs. */
export function makeCase(
  subject: OpSubject,
  inputs: readonly Tensor[],
  { inputs: sample, attributes }: Sample<unknown>,
  seed: number,
  isPlain: boolean,
): Case {
  const floats = inputs.flatMap((input, i) => (isFloat(input) ? [i] : []))
  const random = numbersFrom(seed + 1)
  return {
    ...{ subject, inputs, attributes, sample, floats, seed, isPlain, random },
    xs: floats.map((i) => inputs[i]),
    f: (...given) =>
      subject.call(
        inputs.map((input, i) => (floats.includes(i) ? given[floats.indexOf(i)] : input)),
        attributes,
      ),
    like: ({ shape, size, dtype }) =>
      tensor(
        Float64Array.from({ length: size }, () => 2 * random() - 1),
        { shape: [...(shape as number[])] },
      ).astype(dtype) as Tensor,
  }
}
