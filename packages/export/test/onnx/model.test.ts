import { defineOp, exp, linear, matmul, scan, sin, sum, tensor, type Tensor, trace, zeros } from '@cotangent/core'
import { ExportError, toONNX } from '@cotangent/export'
import { describe, expect, it } from 'vitest'
import { decodeModel } from '../../src/onnx/proto/tables'
import { exported, initializersOf, operatorsOf, typesOf } from './decoded'

const m = zeros([2, 3])

describe('a model', () => {
  it('states the operator set and the version of the format', () => {
    const model = decodeModel(toONNX(trace(sin, m)))
    expect(model).toMatchObject({ ir_version: 8, producer_name: '@cotangent/export', opset_import: [{ version: 18 }] })
  })

  it('names inputs and outputs by their paths', () => {
    const f = ({ a, list }: { a: Tensor; list: Tensor[] }, b: Tensor) => ({ y: a.add(b), z: [list[0]] })
    const graph = exported(f, { a: m, list: [zeros([4])] }, zeros([]))
    expect(typesOf(graph.input)).toEqual([['input.0.a', 2, 3], ['input.0.list.0', 4], ['input.1']])
    expect(typesOf(graph.output)).toEqual([
      ['output.y', 2, 3],
      ['output.z.0', 4],
    ])
  })

  it('computes each output by a node, also if it is an input or a constant', () => {
    const constant = tensor([1, 2])
    const graph = exported((x: Tensor) => {
      const y = sin(x)
      return [x, y, constant, exp(y)]
    }, m)
    expect(operatorsOf(graph)).toEqual(['Sin', 'Exp', 'Identity', 'Identity'])
    expect(graph.node!.flatMap(({ output }) => output!).sort()).toEqual([0, 1, 2, 3].map((i) => `output.${i}`))
  })

  it('has tensors that the function used as initializers, and each number once', () => {
    const weight = tensor([1, 2, 3])
    const graph = exported((x: Tensor) => x.mul(weight).add(2).mul(2), m)
    expect([...initializersOf(graph).values()].map(({ dims }) => dims ?? [])).toEqual([[3], []])
  })

  it('tells the op and call site of each node, relative to a root', () => {
    const graph = exported((x: Tensor) => exp(sin(x)), m)
    expect(graph.node!.map(({ doc_string }) => doc_string)).toEqual([
      expect.stringMatching(/^sin at packages\/export\/test\/onnx\/model\.test\.ts:\d+:\d+$/),
      expect.stringMatching(/^exp at packages\/export\/test\/onnx\/model\.test\.ts:\d+:\d+$/),
    ])
    const text = new TextDecoder('latin1').decode(toONNX(trace(sin, m), { root: '/elsewhere' }))
    expect(text).toContain('sin at model.test.ts:')
    expect(text).not.toContain(process.cwd())
  })

  it('has equal bytes for equal graphs', () => {
    const f = (x: Tensor) => sum(scan((h: Tensor, row: Tensor) => [h.add(sin(row)), h], zeros([3]), x)[0])
    const [first, second] = [0, 1].map(() => toONNX(trace(f, m)))
    expect(first).toEqual(second)
  })

  it('leaves out what no output needs', () => {
    const f = (h: Tensor, x: Tensor) => scan((h: Tensor, row: Tensor) => [h.add(row), null], h, x)[0]
    const graph = exported(f as never, zeros([3]), m)
    expect(operatorsOf(graph)).toEqual(['Scan'])
    expect(initializersOf(graph).size).toBe(0)
  })
})

describe('what cannot leave', () => {
  it('an op that JavaScript computes is named with its call site', () => {
    const twice = defineOp({
      name: 'twice',
      inputs: 1,
      infer: ([x]: readonly Tensor[]) => x,
      kernel: () => undefined,
      law: linear({ transpose: (g: Tensor) => [g] }),
      domain: () => ({ inputs: [], attributes: undefined }),
    } as never) as unknown as (x: Tensor) => Tensor
    const fails = () => toONNX(trace((x: Tensor) => matmul(twice(x), x), zeros([2, 2])))
    expect(fails).toThrow(ExportError)
    expect(fails).toThrow(/\[twice\] at .*model\.test\.ts:\d+:\d+ is computed by a kernel in JavaScript/)
  })
})
