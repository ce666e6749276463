import {
  checkpoint,
  compile,
  cond,
  grad,
  type GraphNode,
  labelled,
  matmul,
  ones,
  scan,
  sum,
  tanh,
  tensor,
  type Tensor,
  trace,
  vmap,
  whileLoop,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const x = tensor([[0.5, -1], [2, 3]]) // prettier-ignore
const f = (a: Tensor): Tensor => labelled('outer', () => tanh(labelled('inner', () => a.mul(2))))
const labelsOf = ({ op, site }: GraphNode) => `${op.name}: ${site?.labels.join('/')}`

describe('labelled', () => {
  it('labels what is applied, outermost first', () => {
    const graph = trace((a: Tensor) => f(a).neg(), x)
    expect(graph.nodes.map(labelsOf)).toEqual(['mul: outer/inner', 'tanh: outer', 'neg: '])
  })

  it('labels batched applications as their example, and rules as what they differentiate', () => {
    expect(trace(vmap(f), x).nodes.map(labelsOf)).toEqual(['mul: outer/inner', 'tanh: outer'])
    const backward = trace((a: Tensor) => grad((b: Tensor) => sum(f(b)))(a), x).nodes
    expect(backward.filter(({ origin }) => origin?.op.name === 'mul').map(labelsOf)).toEqual(['mul: outer/inner'])
  })

  it('returns the result, and ends with an error', () => {
    expect(labelled(Symbol('any'), () => 3)).toBe(3)
    expect(() => labelled('lost', () => { throw new RangeError('own') })).toThrow(RangeError) // prettier-ignore
    expect(trace((a: Tensor) => a.neg(), x).nodes.map(labelsOf)).toEqual(['neg: '])
    expect(() => labelled('x', 3 as never)).toThrow('[labelled] expected a function')
  })
})

describe('costBy', () => {
  const step = (h: Tensor, row: Tensor): [Tensor, null] => [tanh(h.add(row)), null]
  const functions: Readonly<Record<string, (a: Tensor) => unknown>> = {
    plain: (a) => sum(tanh(matmul(a, a)).mul(3)),
    scan: (a) => scan(step, ones([2]), a)[0],
    checkpoint: (a) => checkpoint((b: Tensor) => tanh(b.mul(2)))(a),
    compile: (a) => compile((b: Tensor) => tanh(b.mul(2)))(a),
    cond: (a) => cond(a.at(0, 0).greater(0), (b: Tensor) => tanh(b), (b: Tensor) => b.neg(), a), // prettier-ignore
    loop: (a) => whileLoop((h: Tensor) => sum(h).less(10), (h: Tensor) => h.add(1), a).value, // prettier-ignore
    nested: (a) => scan((h: Tensor): [Tensor, null] => [scan(step, h, a)[0], null], ones([2]), null, { length: 3 })[0],
  }

  it.each(Object.keys(functions))('the parts add up to the whole: %s', (name) => {
    const graph = trace(functions[name], x)
    const shares = [...graph.costBy(({ op }) => op.name).values()]
    const { flops } = graph.cost()
    expect(shares.reduce((all, each) => all + each.flops, 0)).toBe(flops)
    expect(flops).toBeGreaterThan(0)
    if (name !== 'cond') expect(shares.reduce((all, each) => all + each.bytes, 0)).toBe(graph.cost().bytes)
  })

  it('counts by op, and gives nodes of subgraphs the key around them', () => {
    const graph = trace(functions['plain'], x)
    expect(graph.costBy(({ op }) => op.name).get('matmul')).toEqual({ flops: 16, bytes: 48 })
    const loop = trace(functions['scan'], x)
    const around = loop.costBy<string>(({ op }, outer) => outer ?? op.name)
    expect(around.get('scan')!.flops).toBe(loop.cost().flops)
    expect(() => graph.costBy(3 as never)).toThrow('[costBy] expected a function')
  })
})
