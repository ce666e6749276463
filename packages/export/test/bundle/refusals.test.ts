import { argmax, grad, tensor, type Tensor, trace, zeros } from '@cotangent/core'
import { ExportError, exportFunction, exportTraining } from '@cotangent/export'
import { describe, expect, it } from 'vitest'
import { network } from './networks'

const w = tensor([1, 2])
const start = { model: { w, rate: 0.5 }, state: { n: tensor(0), count: 0 }, batch: [zeros([4, 2])] as const }
const loss = (x: Tensor) => x.square().sum()

/** The code and the message of the error for a step. */
function refusal(step: (...args: any) => unknown, options: object = {}): string {
  try {
    exportTraining(step as never, { ...start, ...options } as never)
  } catch (error) {
    expect(error).toBeInstanceOf(ExportError)
    const { code, message } = error as ExportError
    expect(message.startsWith('[exportTraining] ')).toBe(true)
    return `${code}: ${message.slice('[exportTraining] '.length)}`
  }
  throw new Error('no error')
}

const right = (m: any, s: any) => [loss(m.w), m, s]

describe('a step is refused', () => {
  it.each<[string, (m: any, s: any, x: any) => unknown, string]>([
    ['no list', (m) => loss(m.w), 'step-result: expected the step to return { loss, model, state, metrics } or a list of these'],
    ['an object without a state', (m) => ({ loss: loss(m.w), model: m }), 'got an object; write return { loss, model, state }'],
    ['other results beside them', (m, s) => ({ loss: loss(m.w), model: m, state: s, right: m.w }), 'got an object with right; put further results into metrics'],
    ['too short a list', (m) => [loss(m.w), m], 'got an array of 2'],
    ['too long a list', (m, s) => [loss(m.w), m, s, {}, {}], 'got an array of 5'],
    ['the loss elsewhere', (m, s) => [m, loss(m.w), s], 'step-loss: expected the step to return a loss first'],
    ['a loss with axes', (m, s) => [m.w, m, s], 'got float32[2]; reduce it'],
    ['an integer loss', (m, s) => [loss(m.w).astype('int32'), m, s], 'got int32[]'],
    ['a loss as a number', (m, s) => [1, m, s], 'got 1'],
    ['a part of the model', (m, s) => [loss(m.w), {}, s], 'step-structure: expected a step that returns a model like the one that it gets, with float32[2] at w, got no tensor there; return the whole model'],
    ['nothing as state', (m) => [loss(m.w), m, undefined], 'step that returns a state like the one that it gets, with float32[] at n, got no tensor there'],
    ['more state', (m, s) => [loss(m.w), m, { ...s, more: m.w }], 'with no tensor at more, got float32[2]; begin with a state that has one'],
    ['another shape', (m, s) => [loss(m.w), { ...m, w: loss(m.w) }, s], 'step-type: expected a step that returns a model like the one that it gets, with float32[2] at w, got float32[]; keep the shape'],
    ['another dtype', (m, s) => [loss(m.w), m, { ...s, n: s.n.astype('float64') }], "with float32[] at n, got float64[]; convert it in the step: x.astype('float32')"],
    ['another number', (m, s) => [loss(m.w), m, { ...s, count: s.count + 1 }], 'with 0 at count, got 1; make it a tensor'],
    ['a number less', (m, s) => [loss(m.w), { w: m.w }, s], 'with 0.5 at rate, got undefined; make it a tensor'],
    ['a number as a metric', (m, s) => [loss(m.w), m, s, { rate: 0.1 }], 'result-value: expected a tree of tensors as metrics, got 0.1 at rate'],
    ['nothing as a metric', (m, s) => [loss(m.w), m, s, undefined], 'got undefined at the value itself'],
    ['a class as metrics', (m, s) => [loss(m.w), m, s, new Map()], 'got an object at the value itself'],
    ['metrics of one name', (m, s) => [loss(m.w), m, s, { 'a.b': m.w, a: { b: m.w } }], "ambiguous-name: expected a name for each tensor, got 'a.b' for two of the metric"],
  ])('that returns %s', (_, step, expected) => {
    expect(refusal(step)).toContain(expected)
  }) // prettier-ignore

  it('that gives a shared tensor two values', () => {
    const split = (m: any, s: any) => [loss(m.a), { a: m.a.mul(2), b: m.b.mul(2) }, s]
    expect(refusal(split, { model: { a: w, b: w } })).toMatch(
      /^step-sharing: .* with one tensor at a and at b, got two; return one, or begin with a model that has two/,
    )
  })

  it('that captures a symbolic tensor', () => {
    const outside = trace((x: Tensor) => x.mul(2), w)
    expect(outside.nodes).toHaveLength(1)
    trace((x: Tensor) => {
      expect(refusal((m, s) => [loss(m.w.mul(x)), m, s])).toMatch(/^symbolic-tensor: .*captures/)
      expect(refusal(right, { model: { w: x } })).toMatch(/^symbolic-tensor: .* of the model, .* at w/)
      expect(refusal(right, { state: { n: x } })).toMatch(/^symbolic-tensor: .* of the state, .* at n/)
      return x
    }, w)
  })

  it('without a model', () => {
    expect(refusal(right, { model: { rate: 0.5 } })).toContain('no-parameters: expected a model with tensors')
  })

  it('keeps errors of its own', () => {
    const own = new Error('own')
    const failing = () => {
      throw own
    }
    expect(() => exportTraining(failing as never, start as never)).toThrow(own)
  })

  it('that mutates the model', () => {
    const mutating = (m: any, s: any) => {
      m.w = m.w.mul(2)
      return [loss(m.w), m, s]
    }
    expect(() => exportTraining(mutating as never, start as never)).toThrow(
      '[exportTraining] the function mutates args[0].w',
    )
  })
})

describe('a batch is refused', () => {
  it.each<[string, unknown, string]>([
    ['no tensor', [], 'no-examples: expected a batch with a tensor whose first axis counts examples, got no tensor with an axis'],
    ['scalars', { rate: tensor(1) }, 'got no tensor with an axis'],
    ['no examples', [zeros([0, 2])], "got no examples in '0'"],
    ['equal names', { 'a.b': w, a: { b: tensor([1, 2]) } }, "ambiguous-name: expected a name for each tensor, got 'a.b' for two of the batch"],
    ['an empty name', { '': w }, 'bad-name: expected a name for each tensor'],
  ])('of %s', (_, batch, expected) => {
    expect(refusal(right, { batch })).toContain(expected)
  }) // prettier-ignore
})

describe('a sharding is refused', () => {
  const { step, ...options } = network()
  const sharded = (shardings: object) => refusal(step as never, { ...options, shardings })

  it.each<[string, object, string]>([
    ['that matches nothing', { 'layer.*.weight': 'data' }, "sharding 'layer.*.weight': expected a name that it matches, got none; the names are layers.0.weight [4, 2], layers.0.bias [4]"],
    ['that fits no rank', { bias: [null, 'model'] }, "sharding 'bias': expected a tensor of 2 axes, one for each entry of the spec, got none; it matches layers.0.bias [4]"],
    ['with a mesh axis twice', { weight: ['model', ['data', 'model']] }, "expected each mesh axis once, got 'model' twice"],
    ['with a star in a name', { 'layers.*.w*': 'data' }, "got 'w*'"],
    ['with an empty segment', { 'layers..weight': 'data' }, "got ''"],
    ['with an integer as its key', { 0: 'data' }, "write '**.0'"],
  ])('%s', (_, shardings, expected) => {
    expect(sharded(shardings)).toContain(`sharding-rule: `)
    expect(sharded(shardings)).toContain(expected)
  }) // prettier-ignore
})

describe('a function is refused', () => {
  const refused = (f: any, args: unknown[], options?: object) => {
    try {
      exportFunction(f, args, options)
    } catch (error) {
      expect(error).toBeInstanceOf(ExportError)
      return (error as ExportError).message
    }
    throw new Error('no error')
  }

  it('without a derivative, unless vjp is false', () => {
    const integers = tensor([1], { dtype: 'int32' })
    expect(refused((n: Tensor) => n.add(1), [integers])).toBe(
      '[exportFunction] expected a function with a derivative, got one without: it has no floating-point result; pass { vjp: false } to export it alone',
    )
    expect(refused((n: Tensor) => n.astype('float32'), [integers])).toContain('it has no floating-point argument')
    expect(refused((x: Tensor) => argmax(x), [w])).toContain('it has no floating-point result')
    expect([...exportFunction((n: Tensor) => n.add(1), [integers], { vjp: false }).files.keys()]).toEqual([
      'bundle.json',
      'function.mlir',
    ])
  })

  it('that returns anything else than tensors', () => {
    expect(refused((x: Tensor) => [x, 3], [w])).toContain('expected a tree of tensors as the result, got 3 at [1]')
    expect(refused(() => undefined, [w])).toContain('got undefined at the value itself')
  })

  it('that captures a symbolic tensor of a trace', () => {
    trace((x: Tensor) => {
      expect(refused((y: Tensor) => y.mul(x), [w])).toContain('captures')
      return x
    }, w)
  })

  it('is none inside of a derivative, where tensors have elements', () => {
    const inside = grad((x: Tensor) => {
      expect([...exportFunction((y: Tensor) => y.mul(x), [w]).files.keys()]).toContain('vjp.mlir')
      return x.sum()
    })
    expect(inside(w).toArray()).toEqual([1, 1])
  })
})
