import { key, normal, type Tensor, trace, valueAndGrad } from '@cotangent/core'
import { dense, mse, sequential } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import { allGather, allReduce, reduceScatter } from '../../src/scaling/collectives'
import type { Machine } from '../../src/scaling/machine'
import { scalingPlan, type ScalingRow, type Strategy } from '../../src/scaling/plan'

const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true })
const link = fc.record({ bandwidth: positive, latency: fc.double({ min: 0, max: 10, noNaN: true }) })
const machines: fc.Arbitrary<Machine> = fc.record({
  peak: positive,
  efficiency: fc.double({ min: 0.01, max: 1, noNaN: true }),
  memory: positive,
  hostSize: fc.integer({ min: 1, max: 8 }),
  inside: link,
  across: link,
  overlap: fc.double({ min: 0, max: 1, noNaN: true }),
})

/** Numbers of devices for a machine: within a host, or whole hosts. */
const devicesOf = ({ hostSize }: Machine) =>
  fc.oneof(
    fc.integer({ min: 1, max: hostSize }),
    fc.integer({ min: 1, max: 6 }).map((hosts) => hosts * hostSize),
  )

/**
 * An all-reduce of vectors of whole numbers, message by message: rings inside of hosts, then rings of the devices with
 * the same place in each host, then back. Returns what the devices end with, what the first sent, and the time.
 */
function simulated(vectors: readonly number[][], { hostSize, inside, across }: Machine) {
  const count = vectors.length
  const data = vectors.map((vector) => [...vector])
  let [sent, seconds] = [0, 0]
  /** Round a ring: in step s, place p of it sends the piece that `piece(p, s)` names to the next place. */
  const ring = (members: readonly number[], range: readonly [number, number], adds: boolean, by: Machine['inside']) => {
    const n = members.length
    const size = (range[1] - range[0]) / n
    const at = (piece: number) => range[0] + (((piece % n) + n) % n) * size
    for (let s = 0; s < n - 1; s++) {
      const messages = members.map((device, place) => {
        const start = at(adds ? place - s : place + 1 - s)
        return { to: members[(place + 1) % n], start, elements: data[device].slice(start, start + size) }
      })
      for (const { to, start, elements } of messages)
        elements.forEach((x, i) => (data[to][start + i] = adds ? data[to][start + i] + x : x))
      if (members[0] === 0) [sent, seconds] = [sent + size, seconds + by.latency + size / by.bandwidth]
    }
    return members.map((_, place) => [at(place + 1), at(place + 1) + size] as const)
  }
  const local = Math.min(hostSize, count)
  const hosts = Array.from({ length: count / local }, (_, host) => host)
  const places = Array.from({ length: local }, (_, place) => place)
  const whole = [0, vectors[0].length] as const
  const own = hosts.map((host) =>
    ring(
      places.map((place) => host * local + place),
      whole,
      true,
      inside,
    ),
  )
  for (const adds of [true, false])
    for (const place of places)
      ring(
        hosts.map((host) => host * local + place),
        own[0][place],
        adds,
        across,
      )
  for (const host of hosts)
    ring(
      places.map((place) => host * local + place),
      whole,
      false,
      inside,
    )
  return { data, sent, seconds }
}

describe('exchanges', () => {
  it('an all-reduce takes the bytes and the time of its messages, one by one', () => {
    const property = fc.property(
      machines.chain((machine) => fc.tuple(fc.constant(machine), devicesOf(machine))),
      fc.integer({ min: 1, max: 3 }),
      ([machine, n], pieces) => {
        const bytes = n * pieces
        const vectors = Array.from({ length: n }, (_, device) =>
          Array.from({ length: bytes }, (_, i) => device + 10 * i),
        )
        const truth = simulated(vectors, machine)
        const total = vectors[0].map((_, i) => vectors.reduce((sum, vector) => sum + vector[i], 0))
        for (const each of truth.data) expect(each).toEqual(total)
        const { bytes: sent, seconds } = allReduce(bytes, n, machine)
        expect(sent).toBeCloseTo(truth.sent, 9)
        expect(Math.abs(seconds - truth.seconds)).toBeLessThanOrEqual(1e-12 * truth.seconds)
        expect(sent).toBeCloseTo((2 * (n - 1) * bytes) / n, 9)
        expect(reduceScatter(bytes, n, machine)).toEqual(allGather(bytes, n, machine))
        expect(2 * allGather(bytes, n, machine).seconds).toBeCloseTo(seconds, 9)
      },
    )
    fc.assert(property, { numRuns: runs(100) })
  })
})

/** A step of gradient descent of a network with these sizes, with its examples. */
function stepOf(sizes: readonly number[], batch: number) {
  const layers = sizes.slice(1).map((outputs, i) => dense<number, number>(sizes[i], outputs, { key: key(i) }))
  const model = sequential(...layers)
  const [x, y] = [normal(key(8), [batch, sizes[0]]), normal(key(9), [batch, sizes.at(-1)!])]
  return trace(
    (m: typeof model, x: Tensor, y: Tensor) => valueAndGrad((m: typeof model) => mse(m.forward(x), y))(m),
    ...([model, x, y] as const),
  )
}

const only = (rows: readonly ScalingRow[], strategy: Strategy) => rows.filter((row) => row.strategy === strategy)
const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.abs(b))

describe('plans', () => {
  const cases = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 }),
    batchSize: fc.integer({ min: 1, max: 9 }),
    machine: machines,
  })
  const wholeHosts = ({ hostSize }: Machine) => [1, hostSize, ...[2, 3, 16, 512].map((hosts) => hosts * hostSize)]

  it('bytes are those of the closed forms, grow with the devices, and are 0 on one', () => {
    const property = fc.property(cases, ({ sizes, batchSize, machine }) => {
      const devices = [...new Set(wholeHosts(machine))]
      const rows = scalingPlan(stepOf(sizes, batchSize), { batchSize, devices, machine })
      const layers = sizes.slice(1).map((outputs, i) => ({ inputs: sizes[i], outputs }))
      const elements = layers.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0)
      const results = layers.reduce((sum, { outputs }) => sum + batchSize * outputs, 0)
      const gradients = layers.slice(1).reduce((sum, { inputs }) => sum + batchSize * inputs, 0)
      const perDevice = { data: 2 * elements, sharded: 3 * elements, tensor: results + 2 * gradients }
      for (const strategy of ['data', 'sharded', 'tensor'] as const) {
        const own = only(rows, strategy)
        const most = strategy === 'tensor' ? Math.min(...sizes.slice(1)) : Infinity
        expect(own.map((row) => row.devices)).toEqual(devices.filter((n) => n <= most))
        for (const { bytes, devices: n } of own) close(bytes, (4 * perDevice[strategy] * (n - 1)) / n)
        own.forEach((row, i) => i > 0 && expect(row.bytes).toBeGreaterThan(own[i - 1].bytes))
        expect([own[0].bytes, own[0].network, own[0].efficiency]).toEqual([0, 0, 1])
      }
    })
    fc.assert(property, { numRuns: runs(25) })
  })

  it('times are those of the cost of the graph, and add up as far as they do not overlap', () => {
    const property = fc.property(cases, ({ sizes, batchSize, machine }) => {
      const graph = stepOf(sizes, batchSize)
      const { flops, bytes } = graph.cost()
      const rows = scalingPlan(graph, { batchSize, devices: wholeHosts(machine), machine })
      for (const { strategy, devices, compute, memory, network, seconds, examplesPerSecond, efficiency } of rows) {
        if (strategy !== 'tensor' || devices === 1) {
          close(compute * machine.peak * machine.efficiency, flops)
          close(memory * machine.memory, bytes)
        } else {
          expect(compute * machine.peak * machine.efficiency).toBeLessThan(flops)
          expect(compute * machine.peak * machine.efficiency).toBeGreaterThan(flops / devices)
        }
        const own = Math.max(compute, memory)
        const hidden = Math.min(network, machine.overlap * own)
        close(seconds, own + network - hidden)
        close(examplesPerSecond * seconds, strategy === 'tensor' ? batchSize : batchSize * devices)
        expect(efficiency).toBeLessThanOrEqual(1 + 1e-9)
      }
    })
    fc.assert(property, { numRuns: runs(25) })
  })

  it('a machine that is faster in everything is faster by as much', () => {
    const graph = stepOf([7, 5, 3], 4)
    const property = fc.property(machines, positive, (machine, factor) => {
      const faster = ({ bandwidth, latency }: Machine['inside']) => ({
        bandwidth: bandwidth * factor,
        latency: latency / factor,
      })
      const fast = {
        ...machine,
        peak: machine.peak * factor,
        memory: machine.memory * factor,
        inside: faster(machine.inside),
        across: faster(machine.across),
      }
      const plan = (of: Machine) => scalingPlan(graph, { batchSize: 4, devices: wholeHosts(machine), machine: of })
      const [slowRows, fastRows] = [plan(machine), plan(fast)]
      fastRows.forEach((row, i) => {
        close(row.seconds * factor, slowRows[i].seconds)
        expect(row.bytes).toBe(slowRows[i].bytes)
      })
    })
    fc.assert(property, { numRuns: runs(25) })
  })

  const machine: Machine = {
    ...{ peak: 1, efficiency: 1, memory: 1, hostSize: 4, overlap: 0 },
    ...{ inside: { bandwidth: 1, latency: 0 }, across: { bandwidth: 1, latency: 0 } },
  }

  it('takes its parameters from any argument', () => {
    const graph = trace(
      (x: Tensor, m: { w: Tensor }) => valueAndGrad((m: { w: Tensor }) => x.matmul(m.w).square().sum())(m),
      ...([normal(key(1), [2, 3], { dtype: 'float64' }), { w: normal(key(2), [3, 4], { dtype: 'float64' }) }] as const),
    )
    const [row] = scalingPlan(graph, { parameters: 1, batchSize: 2, devices: [2], machine })
    expect(row.bytes).toBe(3 * 4 * 8)
  })

  it('refuses parts of hosts', () => {
    const plan = () => scalingPlan(stepOf([2, 2], 1), { batchSize: 1, devices: [3, 6], machine })
    expect(plan).toThrow(/numbers of devices up to 4, or multiples of it, got 6/)
  })
})
