import { type Domain, type Draw, type Law, type Sample, type SampleInput, tensor, type Tensor } from '@cotangent/core'
import fc from 'fast-check'
import { apply } from '../../src/graph/apply'
import type { Op } from '../../src/graph/op'

/** What the laws are held against: an op, or a function made of ops. */
export interface Subject {
  readonly name: string
  readonly domain: Domain
  readonly call: (inputs: readonly Tensor[], attributes: unknown) => Tensor
  /** Absent where the function is made of ops. */
  readonly law?: Law
}

/** An op as a subject. */
export function subjectOf(op: Op): Subject {
  return { name: op.name, domain: op.domain, law: op.law, call: (inputs, attributes) => apply(op, inputs, attributes) }
}

/** One drawn test: concrete inputs, and a source of further numbers. */
export interface Case {
  readonly subject: Subject
  readonly inputs: readonly Tensor[]
  readonly attributes: unknown
  /** Positions of the floating-point inputs. */
  readonly floats: readonly number[]
  /** The subject as a function of its floating-point inputs alone. */
  readonly f: (...floats: readonly Tensor[]) => Tensor
  /** The floating-point inputs. */
  readonly xs: readonly Tensor[]
  /** A tensor of the type of `x` with entries in [-1, 1]. */
  readonly like: (x: Tensor) => Tensor
}

/** Uniform numbers in [0, 1) from a seed (Steele & Vigna's mulberry-like mixing; only variety matters here). */
function numbersFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Generator = ReturnType<typeof fc.gen> extends fc.Arbitrary<infer G> ? G : never

// Builders are named once: fast-check knows a drawn value again, when it shrinks, by the function that it was drawn with.
const integers = (min: number, max: number) => fc.integer({ min, max })
const seeds = () => fc.integer()

/** Draws through fast-check, so that a failing case is shrunk. */
function drawWith(g: Generator): Draw {
  // Size 0 is one case in nine where it is allowed.
  const size = (min: number, max: number) =>
    min === 0 && g(integers, 0, 8) === 8 ? 0 : g(integers, Math.max(1, min), max)
  const draw: Draw = {
    integer: (min, max) => g(integers, min, Math.max(min, max)),
    pick: (list) => list[g(integers, 0, list.length - 1)],
    shape: ({ minRank = 0, maxRank = 3, minSize = 0, maxSize = 4 } = {}) =>
      Array.from({ length: draw.integer(minRank, maxRank) }, () => size(minSize, maxSize)),
    broadcastable(count) {
      const full = draw.shape()
      return Array.from({ length: count }, (_, i) => {
        const rank = i === 0 ? full.length : draw.integer(0, full.length)
        return full.slice(full.length - rank).map((each) => (draw.integer(0, 3) === 0 ? 1 : each))
      })
    },
  }
  return draw
}

/** Draws a case of a subject. */
export function drawCase(subject: Subject, g: Generator): Case {
  const sample = subject.domain(drawWith(g))
  const random = numbersFrom(g(seeds))
  const inputs = fill(sample, random)
  const floats = inputs.flatMap(({ dtype }, i) => (dtype === 'float64' ? [i] : []))
  const { attributes } = sample as Sample<unknown>
  return {
    subject,
    inputs,
    attributes,
    floats,
    xs: floats.map((i) => inputs[i]),
    f: (...given) => {
      const all = [...inputs]
      floats.forEach((position, k) => (all[position] = given[k]))
      return subject.call(all, attributes)
    },
    like: (x) =>
      tensor(
        Float64Array.from({ length: x.size }, () => 2 * random() - 1),
        { shape: x.shape as number[] },
      ),
  }
}

const margin = 0.05

function fill({ inputs, distinct }: Sample, random: () => number): Tensor[] {
  const count = inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  // A shuffled grid: neighbours differ by far more than the steps of the differences.
  const grid = Array.from({ length: count }, (_, i) => (i + 0.5) / count)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[grid[i], grid[j]] = [grid[j], grid[i]]
  }
  return inputs.map((input) =>
    tensor(
      Float64Array.from({ length: sizeOf(input.shape) }, () => element(input, random, distinct ? grid : null)),
      {
        shape: input.shape as number[],
        dtype: input.dtype ?? 'float64',
      },
    ),
  )
}

function element(
  { min = -2, max = 2, avoid = [], dtype }: SampleInput,
  random: () => number,
  grid: number[] | null,
): number {
  if (dtype === 'bool') return random() < 0.5 ? 0 : 1
  if (dtype === 'int32') return min + Math.floor(random() * (max - min + 1))
  if (grid !== null) return min + (max - min) * grid.pop()!
  for (;;) {
    const value = min + (max - min) * random()
    if (avoid.every((point) => Math.abs(value - point) > margin)) return value
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
