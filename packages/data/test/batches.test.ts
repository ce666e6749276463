import { at, concat, key, permutation, slice, splitKey, take, tensor, type Tensor } from '@cotangent/core'
import { type BatchState, batches, type Start } from '@cotangent/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'

// The truth is a list of the numbers 0 .. n - 1, handled as arrays.

/** Data whose row i holds i in every leaf. */
function numbered(n: number) {
  const id = tensor(Int32Array.from({ length: n }, (_, i) => i))
  const pair = tensor(
    Float64Array.from({ length: 2 * n }, (_, i) => i),
    { shape: [n, 2] },
  )
  return { id: id as Tensor, more: [pair as Tensor, { name: 'a static' }] as const }
}

type Numbered = ReturnType<typeof numbered>

/** The numbers of a batch, after a check that all its leaves belong together. */
function idsOf({ id, more: [pair, extra] }: { id: Tensor; more: readonly [Tensor, { name: string }] }): number[] {
  const ids = Array.from(id.data)
  expect(id.dtype).toBe('int32')
  expect(pair.dtype).toBe('float64')
  expect(pair.shape).toEqual([ids.length, 2])
  expect(Array.from(pair.data)).toEqual(ids.flatMap((i) => [2 * i, 2 * i + 1]))
  expect(extra).toEqual({ name: 'a static' })
  return ids
}

/** A list in parts of `size`. */
function cut(list: readonly number[], size: number, dropLast: boolean): number[][] {
  const parts = Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
  return dropLast ? parts.filter((part) => part.length === size) : parts
}

const throughJson = (state: BatchState) => JSON.parse(JSON.stringify(state)) as BatchState

const iota = (n: number) => Array.from({ length: n }, (_, i) => i)

const plans = fc
  .record({
    n: fc.integer({ min: 1, max: 20 }),
    size: fc.integer({ min: 1, max: 12 }),
    seed: fc.option(fc.integer(), { nil: undefined }),
    dropLast: fc.boolean(),
    epochs: fc.integer({ min: 1, max: 3 }),
    shuffleBuffer: fc.integer({ min: 1, max: 12 }),
    cuts: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }),
  })
  .filter(({ n, size, dropLast }) => !dropLast || n >= size)

type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never

const optionsOf = ({ size, seed, dropLast, epochs }: Plan) => ({
  size,
  dropLast,
  epochs,
  ...(seed !== undefined && { shuffle: key(seed) }),
})

/** The order of an epoch, by the rule that the docstring states. `buffer` is the size of a block. */
function orderOf({ n, seed }: Plan, epoch: number, buffer?: number): number[] {
  if (seed === undefined) return iota(n)
  const ofEpoch = splitKey(key(seed), epoch + 1)[epoch]
  if (buffer === undefined) return Array.from(permutation(ofEpoch, n).data)
  return iota(Math.ceil(n / buffer)).flatMap((block) => {
    const count = Math.min(buffer, n - block * buffer)
    return Array.from(permutation(splitKey(ofEpoch, block + 1)[block], count).data, (i) => block * buffer + i)
  })
}

describe('batches of data in memory', () => {
  it('are the rows in the stated order, and resume at every position', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const data = numbered(plan.n)
        const all = batches(data, optionsOf(plan))
        const expected = iota(plan.epochs).flatMap((epoch) => cut(orderOf(plan, epoch), plan.size, plan.dropLast))
        expect(Array.from(all, idsOf)).toEqual(expected)
        expect(all.perEpoch * plan.epochs).toBe(expected.length)
        const steps = [...all.withState()]
        expect(steps.map(([batch]) => idsOf(batch))).toEqual(expected)
        steps.forEach(([, state], i) => {
          const rest = batches(data, { ...optionsOf(plan), state: throughJson(state) })
          expect(Array.from(rest, idsOf)).toEqual(expected.slice(i + 1))
        })
      }),
      { numRuns: runs(25) },
    )
  })

  it('hold every example of an epoch once, in another order each time', () => {
    const orders = iota(4).map((epoch) =>
      Array.from(batches(numbered(40), { size: 7, shuffle: key(3), epochs: 4, state: { epoch, position: 0 } }), idsOf)
        .flat()
        .slice(0, 40),
    )
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(iota(40))
    expect(new Set(orders.map(String)).size).toBe(4)
  })

  it('are the data when they are joined, if nothing shuffles', () => {
    const x: Tensor = tensor(Float32Array.from({ length: 30 }, Math.sqrt), { shape: [10, 3] })
    expect(concat([...batches(x, { size: 4 })])).toEqual(x)
  })

  it('start at the same place in every loop', () => {
    const all = batches(numbered(9), { size: 4, shuffle: key(1) })
    expect(Array.from(all, idsOf)).toEqual(Array.from(all, idsOf))
  })

  it('have the same order on every platform', () => {
    expect(Array.from(batches(numbered(10), { size: 5, shuffle: key(7), epochs: 2 }), idsOf)).toMatchInlineSnapshot(`
      [
        [
          5,
          9,
          4,
          0,
          8,
        ],
        [
          6,
          1,
          3,
          2,
          7,
        ],
        [
          9,
          6,
          7,
          0,
          1,
        ],
        [
          4,
          3,
          8,
          2,
          5,
        ],
      ]
    `)
  })

  it('keep classes and shared tensors', () => {
    class Sample {
      constructor(
        readonly x: Tensor,
        readonly y: Tensor,
      ) {}
      get sum(): Tensor {
        return this.x.add(this.y)
      }
    }
    const x: Tensor = tensor([1, 2, 3])
    const [first] = batches(new Sample(x, x), { size: 2 })
    expect(first).toBeInstanceOf(Sample)
    expect(first.x).toBe(first.y)
    expect(first.sum.toArray()).toEqual([2, 4])
  })

  it('can go on for ever', () => {
    let count = 0
    for (const batch of batches(numbered(3), { size: 2, epochs: Infinity, shuffle: key(2) })) {
      expect(idsOf(batch).length).toBeGreaterThan(0)
      if (++count === 500) break
    }
    expect(count).toBe(500)
  })

  it('are empty after the last epoch', () => {
    expect([...batches(numbered(3), { size: 2, state: { epoch: 1, position: 0 } })]).toEqual([])
  })
})

/** Data as examples, or as chunks that end after the numbers in `cuts`. */
const sources = {
  examples: (data: Numbered, { n }: Plan, from: number) =>
    iota(n)
      .slice(from)
      .map((i) => row(data, i)),
  chunks: (data: Numbered, { n, cuts }: Plan, from: number) => {
    const ends = [...cuts.map((size, i) => size + cuts.slice(0, i).reduce((a, b) => a + b, 0)), n]
    const inside = ends.map((end) => Math.min(Math.max(end, from), n))
    return inside.map((end, i) => part(data, i === 0 ? from : inside[i - 1], end))
  },
}

const part = ({ id, more: [pair, extra] }: Numbered, start: number, end: number): Numbered => ({
  id: slice(id, [start, end]),
  more: [slice(pair, [start, end]), extra],
})
const row = ({ id, more: [pair, extra] }: Numbered, i: number): Numbered => ({
  id: at(id, i),
  more: [at(pair, i), extra],
})

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe.each(['examples', 'chunks'] as const)('batches of a source of %s', (kind) => {
  const streamed = (plan: Plan) => ({
    ...optionsOf(plan),
    chunks: kind === 'chunks',
    ...(plan.seed !== undefined && { shuffleBuffer: plan.shuffleBuffer }),
  })
  const expectedOf = (plan: Plan) =>
    iota(plan.epochs).flatMap((epoch) => cut(orderOf(plan, epoch, plan.shuffleBuffer), plan.size, plan.dropLast))

  it('are the rows in the stated order, and resume at every position', () => {
    fc.assert(
      fc.property(plans, fc.boolean(), (plan, seekable) => {
        const data = numbered(plan.n)
        const source = seekable
          ? { from: ({ position }: Start) => sources[kind](data, plan, position) }
          : () => sources[kind](data, plan, 0)
        const expected = expectedOf(plan)
        const all = batches(source, streamed(plan))
        expect(Array.from(all, (batch) => idsOf(batch as Numbered))).toEqual(expected)
        ;[...all.withState()].forEach(([, state], i) => {
          const rest = batches(source, { ...streamed(plan), state: throughJson(state) })
          expect(Array.from(rest, (batch) => idsOf(batch as Numbered))).toEqual(expected.slice(i + 1))
        })
      }),
      { numRuns: runs(25) },
    )
  })

  it('are the same when the elements arrive later', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(), async (plan, stop) => {
        const data = numbered(plan.n)
        const expected = expectedOf(plan)
        const source = () => later(sources[kind](data, plan, 0))
        const steps = await collected(batches(source, streamed(plan)).withState())
        expect(steps.map(([batch]) => idsOf(batch as Numbered))).toEqual(expected)
        const step = stop % steps.length
        const rest = batches(source, { ...streamed(plan), state: throughJson(steps[step][1]) })
        expect((await collected(rest)).map((batch) => idsOf(batch as Numbered))).toEqual(expected.slice(step + 1))
      }),
      { numRuns: runs(25) },
    )
  })

  it('close the source when the loop ends early', async () => {
    let closed = 0
    const plan = { n: 9, cuts: [2, 2] } as unknown as Plan
    async function* opened() {
      try {
        yield* later(sources[kind](numbered(9), plan, 0))
      } finally {
        closed++
      }
    }
    for await (const batch of batches(opened, { size: 2, chunks: kind === 'chunks' })) {
      expect(batch).toBeDefined()
      break
    }
    expect(closed).toBe(1)
  })
})

describe('batches of a source', () => {
  it('cut one large chunk', () => {
    const ids = Array.from(batches([numbered(20_000)].values(), { size: 10, chunks: true }), ({ id }) => id.data[0])
    expect(ids).toEqual(iota(2000).map((i) => 10 * i))
  })

  it('pass the epoch to the function that opens the source', () => {
    const data = numbered(4)
    const opened: number[] = []
    const source = (epoch: number) => {
      opened.push(epoch)
      return [take(data.id, tensor(epoch === 0 ? [0, 1, 2, 3] : [3, 2, 1, 0], { dtype: 'int32' }))]
    }
    const ids = Array.from(batches(source, { size: 3, epochs: 2, chunks: true }), (batch) => batch.toArray())
    expect(ids).toEqual([[0, 1, 2], [3], [3, 2, 1], [0]])
    expect(opened).toEqual([0, 1])
  })
})
