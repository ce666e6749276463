import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { type NodeView, operator, type Operator, type Operators, Unsupported } from '../node'

interface Weights {
  /** `[gates hidden, hidden]`, for the hidden state. */
  readonly recurrent: Tensor
  /** `[gates hidden]`, added to the products with `recurrent`, or null. */
  readonly bias: Tensor | null
}

interface Cell {
  readonly gates: number
  /** How many parts the state has. The first is the output. */
  readonly states: number
  /** The activations of one direction, by default. */
  readonly activations: readonly string[]
  /** Reads the attributes of the operator. `input` has the products with the input and their bias. */
  step(node: NodeView, activations: readonly string[]): (state: Tensor[], input: Tensor, weights: Weights) => Tensor[]
}

const add = (x: Tensor, bias: Tensor | null): Tensor => (bias === null ? x : ct.add(x, bias))
const product = (x: Tensor, w: Tensor): Tensor => ct.matmul(x, ct.transpose(w))
const parts = (x: Tensor, count: number) => ct.split(x, count, { axis: -1 }) as readonly Tensor[]
/** Rows of a matrix or entries of a vector that belong to some of the gates. */
const gatesOf = (x: Tensor, gates: number, from: number, to: number): Tensor => {
  const hidden = (x.shape[0] as number) / gates
  return ct.slice(x, [from * hidden, to * hidden])
}

const simple: Cell = {
  gates: 1,
  states: 1,
  activations: ['Tanh'],
  step: (_, [activation]) => {
    const f = activation === 'Relu' ? ct.relu : ct.tanh
    return ([h], input, { recurrent, bias }) => [f(ct.add(input, add(product(h, recurrent), bias)))]
  },
}

const gru: Cell = {
  gates: 3,
  states: 1,
  activations: ['Sigmoid', 'Tanh'],
  step: (node) => {
    const isLinearFirst = node.flag('linear_before_reset', false)
    return ([h], input, { recurrent, bias }) => {
      const [inputs, candidate] = [ct.slice(input, null, [0, (2 * input.shape[1]) / 3]), parts(input, 3)[2]]
      const ofGates = (from: number, to: number, x: Tensor) =>
        add(product(x, gatesOf(recurrent, 3, from, to)), bias && gatesOf(bias, 3, from, to))
      const [z, r] = parts(ct.sigmoid(ct.add(inputs, ofGates(0, 2, h))), 2)
      const reset = isLinearFirst ? ct.mul(r, ofGates(2, 3, h)) : ofGates(2, 3, ct.mul(r, h))
      const next = ct.tanh(ct.add(candidate, reset))
      return [ct.add(ct.mul(ct.sub(1, z), next), ct.mul(z, h))]
    }
  },
}

const lstm: Cell = {
  gates: 4,
  states: 2,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  step: (node) => {
    if (node.flag('input_forget', false)) throw new Unsupported('input_forget')
    if (node.has(7)) throw new Unsupported('peepholes')
    return ([h, c], input, { recurrent, bias }) => {
      const [i, o, f, candidate] = parts(ct.add(input, add(product(h, recurrent), bias)), 4)
      const next = ct.add(ct.mul(ct.sigmoid(f), c), ct.mul(ct.sigmoid(i), ct.tanh(candidate)))
      return [ct.mul(ct.sigmoid(o), ct.tanh(next)), next]
    }
  },
}

/** The activations of each direction. */
function activationsOf(node: NodeView, cell: Cell, directions: number, others: readonly string[]): string[][] {
  const count = cell.activations.length
  const usual = Array.from({ length: directions }, () => cell.activations).flat()
  const given = node.texts('activations') ?? usual
  const known = given.every((each, i) => each === usual[i] || others.includes(each))
  if (given.length !== usual.length || !known) throw new Unsupported(`activations ${given.join(', ')}`)
  return Array.from({ length: directions }, (_, i) => given.slice(i * count, (i + 1) * count))
}

/** A recurrent operator: each direction is a loop over the steps. */
function recurrent(cell: Cell, most: number, otherActivations: readonly string[] = []): Operator {
  const translate = (node: NodeView) => {
    const direction = node.choice('direction', 'forward', 'reverse', 'bidirectional')
    const directions = direction === 'bidirectional' ? 2 : 1
    const steps = activationsOf(node, cell, directions, otherActivations).map((each) => cell.step(node, each))
    const isBatchFirst = node.flag('layout', false)
    // The weights tell it.
    node.ignore('hidden_size')
    if (node.has(4)) throw new Unsupported('sequence_lens')
    const exchange = (x: Tensor) => (isBatchFirst ? ct.swapAxes(x, 0, 1) : x)
    return (given: import('../node').Inputs) => {
      const x = exchange(given.tensor(0))
      const [w, r, b] = [given.tensor(1), given.tensor(2), given.optional(3)]
      const hidden = r.shape[2] as number
      const initial = Array.from({ length: cell.states }, (_, i) => given.optional(5 + i))
      const runs = steps.map((step, at) => {
        const [ofInput, ofState] = b === undefined ? [null, null] : parts(ct.at(b, at), 2)
        const weights = { recurrent: ct.at(r, at), bias: ofState }
        const inputs = add(product(x, ct.at(w, at)), ofInput)
        // A state of the file is float32, and the parameters may have been widened.
        const start = initial.map((each) =>
          each === undefined
            ? ct.zeros([x.shape[1] as number, hidden], { dtype: inputs.dtype })
            : ct.at(exchange(each), at).astype(inputs.dtype),
        )
        const reverse = direction === 'reverse' || at === 1
        return ct.scan(
          (state: Tensor[], input: Tensor) => {
            const next = step(state, input, weights)
            return [next, next[0]] as const
          },
          start,
          inputs,
          { reverse },
        )
      })
      const all = ct.stack(runs.map(([, ys]) => ys as Tensor), { axis: 1 }) // prettier-ignore
      const last = Array.from({ length: cell.states }, (_, i) => ct.stack(runs.map(([state]) => state[i])))
      // [steps, directions, batch, hidden], or [batch, steps, directions, hidden].
      return [isBatchFirst ? ct.transpose(all, [2, 0, 1, 3]) : all, ...last.map(exchange)]
    }
  }
  return operator([3, most], translate, { outputs: 1 + cell.states })
}

/** Recurrent networks. */
export const recurrence: Operators = {
  RNN: recurrent(simple, 6, ['Relu']),
  GRU: recurrent(gru, 6),
  LSTM: recurrent(lstm, 8),
}
