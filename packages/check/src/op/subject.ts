import {
  applyAll,
  type Domain,
  type Draw,
  DTypeError,
  type Law,
  type Op,
  type Sample,
  type SampleInput,
  tensor,
  type Tensor,
  ValueError,
} from '@cotangent/core'
import { copied } from '../arguments'
import { numbersFrom } from '../numeric/random'
import { floatingPositions } from '../numeric/tensors'
import { drawSeed, drawWith, type Integers } from './draw'
import { isTaken } from './guess'
import { Reach } from './reach'
import { projected } from './structures'
import { fill, isSpecial, varieties, type Variety } from './values'

/** The op, or function made of ops, that the laws are checked on. */
export interface OpSubject {
  readonly name: string
  readonly domain: Domain
  readonly call: (inputs: readonly Tensor[], attributes: any) => Tensor
  /** undefined for a function made of ops. */
  readonly law?: Law
  readonly op?: Op
  /** Whether the output has one dtype whatever the inputs have. */
  readonly fixedDType: boolean
  /**
   * A wider domain, where the domain is a guess. Its inputs are used where the function takes them. Inputs that the
   * function rejects lie outside of its domain.
   */
  readonly bold?: Domain
  /** What the checks of laws found out about it. */
  readonly facts: Facts
}

/** What the checks of laws found out about a subject. */
export interface Facts {
  /** Why it has no forward mode. */
  noForward?: string
  /** Where its derivative was compared. */
  readonly reach: Reach
}

/** What is known of a subject before any check. */
export function noFacts(): Facts {
  return { reach: new Reach() }
}

/** One test: concrete inputs, and a source of further numbers. */
export interface Case {
  readonly subject: OpSubject
  readonly inputs: readonly Tensor[]
  readonly attributes: unknown
  /** The domain's description of each input. */
  readonly sample: readonly SampleInput[]
  /** Positions of the floating-point inputs. */
  readonly floats: readonly number[]
  /** The floating-point inputs. */
  readonly xs: readonly Tensor[]
  /** The subject as a function of its floating-point inputs alone. */
  readonly f: (...floats: readonly Tensor[]) => Tensor
  /** Whether the inputs keep clear of kinks and poles. */
  readonly isPlain: boolean
  /** Seed of the random directions. */
  readonly seed: number
  /** A stream of random numbers. Equal cases get equal streams. */
  readonly random: () => number
  /** A tensor of the type of `x` with entries in [-1, 1]. */
  readonly like: (x: Tensor) => Tensor
}

/** An op as a subject. */
export function subjectOf(op: Op, fixedDType = false): OpSubject {
  const call = (inputs: readonly Tensor[], attributes: unknown) => applyAll(op, inputs, attributes)[0]
  return { name: op.name, domain: op.domain, law: op.law as Law, op, fixedDType, call, facts: noFacts() }
}

/** Draws a case of a subject. */
export function drawCase(subject: OpSubject, integer: Integers, kind?: Variety): Case {
  const variety: Variety = kind ?? varieties[integer(0, varieties.length - 1)]
  const draw = drawWith(integer, variety === 'large' ? 12 : 4, variety === 'long')
  if (subject.bold !== undefined && integer(0, 1) === 1) {
    const given = drawFrom({ ...subject, domain: subject.bold }, integer, draw, variety)
    if (isTaken(copiedCase(given))) return given
  }
  return drawFrom(subject, integer, draw, variety)
}

/** Draws a case from the domain of a subject. */
function drawFrom(given: OpSubject, integer: Integers, draw: Draw, variety: Variety): Case {
  const sample: Sample<unknown> = sampleOf(given, draw)
  const subject = ofFreeNumbers(given, sample)
  const seed = drawSeed(integer)
  const values = (float: 'float32' | 'float64') => fill(sample, numbersFrom(seed), variety, float)
  const inputs = takes(subject, values('float64'), sample.attributes) ? values('float64') : values('float32')
  return makeCase(subject, inputs, sample, seed, !isSpecial(variety))
}

/** The subject as a function of the free numbers that its inputs are made from. */
function ofFreeNumbers(subject: OpSubject, { inputs: sample }: Sample<unknown>): OpSubject {
  if (!sample.some(({ from }) => from)) return subject
  return { ...subject, call: (inputs, attributes) => subject.call(madeFrom(sample, inputs), attributes) }
}

/** The inputs of a subject, made from free numbers where its domain says so. */
export function madeFrom(sample: readonly SampleInput[], free: readonly Tensor[]): readonly Tensor[] {
  const made: Tensor[] = []
  free.forEach((each, i) => made.push(sample[i].from?.(each, made) ?? each))
  return made
}

/** A sample from the domain. @throws ValueError where the domain throws, or returns something else. */
function sampleOf({ name, domain }: OpSubject, draw: Draw): Sample<unknown> {
  let sample: Sample<unknown> | undefined
  try {
    sample = domain(draw)
  } catch (cause) {
    throw new ValueError(
      'domain',
      `[checkOp] the domain of ${name} threw: ${String(cause)}; fix it, or pass another: { domain }`,
      { cause },
    )
  }
  if (Array.isArray(sample?.inputs) && sample.inputs.every(({ shape }) => Array.isArray(shape))) return sample
  throw new ValueError(
    'domain',
    `[checkOp] the domain of ${name} must return { inputs: [{ shape }, ...], attributes }, got ${JSON.stringify(sample)}`,
  )
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

/** The same case with copied tensors, which no kernel has written to. */
export function copiedCase({ subject, inputs, sample, attributes, seed, isPlain }: Case): Case {
  return makeCase(subject, inputs.map(copied), { inputs: sample, attributes }, seed, isPlain)
}

/** A case with given inputs. */
export function makeCase(
  subject: OpSubject,
  inputs: readonly Tensor[],
  { inputs: sample, attributes }: Sample<unknown>,
  seed: number,
  isPlain: boolean,
): Case {
  const floats = floatingPositions(inputs)
  const random = numbersFrom(seed + 1)
  return {
    ...{ subject, inputs, attributes, sample, floats, seed, isPlain, random },
    xs: floats.map((i) => inputs[i]),
    f: (...given) =>
      subject.call(
        inputs.map((input, i) => (floats.includes(i) ? projected(sample[i], given[floats.indexOf(i)]) : input)),
        attributes,
      ),
    like: ({ shape, size, dtype }) =>
      tensor(
        Float64Array.from({ length: size }, () => 2 * random() - 1),
        { shape: [...shape] },
      ).astype(dtype),
  }
}
