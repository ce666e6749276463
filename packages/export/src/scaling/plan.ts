import { checkArguments, type Graph, type Kind, kinds, ValueError } from '@cotangent/core'
import { aGraph } from '../kinds'
import { allGather, allReduce, type Exchange, inTurn, reduceScatter } from './collectives'
import { aMachine, type Machine } from './machine'
import { isProduct, parameterBytes, parameterProducts } from './products'

/** How a step is shared among devices; see `scalingPlan`. */
export type Strategy = 'data' | 'sharded' | 'tensor'

/** What `scalingPlan` is told. */
export interface ScalingOptions {
  /** The argument of the traced step that holds the model. Default: 0. */
  readonly parameters?: number
  /** The examples that the step was traced for. */
  readonly batchSize: number
  /** Numbers of devices. Those above `machine.hostSize` are multiples of it. */
  readonly devices: readonly number[]
  readonly machine: Machine
}

/** One step on one number of devices. Times are in seconds. */
export interface ScalingRow {
  readonly strategy: Strategy
  readonly devices: number
  /** Bytes that each device sends. */
  readonly bytes: number
  /** Scalar operations of a device over what it does in a second. */
  readonly compute: number
  /** Bytes that a device reads and writes over what its memory does in a second. */
  readonly memory: number
  /** Sending and waiting. */
  readonly network: number
  readonly seconds: number
  /** Examples in a second, of all devices together. */
  readonly examplesPerSecond: number
  /** `examplesPerSecond` over that of one device times the number of devices. */
  readonly efficiency: number
}

const aStep: Kind = { ...aGraph, remedy: 'make one with trace(step, model, state, ...batch)' }
const listOfDevices: Kind = {
  expected: 'an array of numbers of devices (integers from 1)',
  accepts: (value) => Array.isArray(value) && Array.from(value).every((each) => Number.isInteger(each) && each >= 1),
}
const parametersOfCall = (): readonly Kind[] => [
  aStep,
  kinds.options(
    {
      parameters: kinds.integerFrom(0),
      batchSize: kinds.integerFrom(1),
      devices: listOfDevices,
      machine: aMachine,
    } satisfies Record<keyof ScalingOptions, Kind>,
    ['batchSize', 'devices', 'machine'],
  ),
]

/**
 * The time of a training step on many devices, and the bytes that each of them sends, by a model: nothing is run. The
 * graph is that of a step on one device. For each number of devices n there is a row for each strategy:
 *
 * - `data`: each device has all parameters, and computes the step on a batch of its own. One all-reduce of the
 *   gradients.
 * - `sharded`: as `data`, but a device keeps an n-th of each parameter (fully sharded; ZeRO stage 3, Rajbhandari et al.
 *   2020). Each parameter is gathered for the forward and for the backward pass, and its gradient is reduced and
 *   scattered: three exchanges for each. A compiler that joins small ones saves messages.
 * - `tensor`: the devices share one batch. Each has an n-th of the columns of each matrix of parameters. The result of
 *   each product with one is gathered, and the gradient of its other factor summed by an all-reduce. Products take an
 *   n-th of their time, all else is done by each device. To split columns and rows of matrices in turn (Shoeybi et al.
 *   2019) sends less. There is no row where a matrix has fewer columns than n; products inside of loops are not seen.
 *
 * A device takes the larger of two times, as in a roofline (Williams, Waterman & Patterson 2009): operations over
 * `peak · efficiency`, and bytes over `memory`, both as `graph.cost()` counts them. Exchanges go round rings
 * (`collectives.ts`), inside of hosts and then across. A step takes `device + max(0, network - overlap · device)`.
 * Hosts are taken to be equal, and the network to have no other traffic.
 *
 * @throws ValueError if a number of devices above `hostSize` is no multiple of it.
 */
export function scalingPlan(graph: Graph, options: ScalingOptions): readonly ScalingRow[] {
  checkArguments('scalingPlan', parametersOfCall(), arguments)
  const { devices, machine } = options
  const odd = devices.find((n) => n > machine.hostSize && n % machine.hostSize !== 0)
  if (odd !== undefined)
    throw new ValueError(
      'scaling-devices',
      `[scalingPlan] expected numbers of devices up to ${machine.hostSize}, or multiples of it, got ${odd}; ` +
        'use whole hosts, or another hostSize',
    )
  return devices.flatMap((n) => rowsOf(graph, options, n))
}

function rowsOf(graph: Graph, { parameters = 0, batchSize, machine }: ScalingOptions, n: number): ScalingRow[] {
  const shares = graph.costBy((node, around?: string) => (isProduct(node) || around === 'product' ? 'product' : 'rest'))
  const none = { flops: 0, bytes: 0 }
  const [product, rest] = [shares.get('product') ?? none, shares.get('rest') ?? none]
  /** The time of a device where each takes an equal share of the products. */
  const device = (shared: number) => ({
    compute: (product.flops / shared + rest.flops) / (machine.peak * machine.efficiency),
    memory: (product.bytes / shared + rest.bytes) / machine.memory,
  })
  const step = ({ compute, memory }: ReturnType<typeof device>, network: number) => {
    const own = Math.max(compute, memory)
    return own + Math.max(0, network - machine.overlap * own)
  }
  const alone = batchSize / step(device(1), 0)
  const row = (strategy: Strategy, exchanges: readonly Exchange[]): ScalingRow => {
    const isShared = strategy === 'tensor'
    const own = device(isShared ? n : 1)
    const { bytes, seconds: network } = inTurn(exchanges)
    const seconds = step(own, network)
    const examplesPerSecond = ((isShared ? 1 : n) * batchSize) / seconds
    const efficiency = examplesPerSecond / (n * alone)
    return { strategy, devices: n, bytes, ...own, network, seconds, examplesPerSecond, efficiency }
  }
  const sizes = parameterBytes(graph, parameters)
  const total = sizes.reduce((sum, each) => sum + each, 0)
  const { forward, backward, columns } = parameterProducts(graph, parameters)
  const gathered = (list: readonly number[]) => list.map((bytes) => allGather(bytes, n, machine))
  const rows = [
    row('data', [allReduce(total, n, machine)]),
    row('sharded', [
      ...[...gathered(sizes), ...gathered(sizes)],
      ...sizes.map((bytes) => reduceScatter(bytes, n, machine)),
    ]),
  ]
  const sums = backward.map((bytes) => allReduce(bytes, n, machine))
  return n <= columns ? [...rows, row('tensor', [...gathered(forward), ...sums])] : rows
}
