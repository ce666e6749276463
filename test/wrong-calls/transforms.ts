import * as core from '@cotangent/core'
import { sum, tensor, type Tensor } from '@cotangent/core'
import type { Call } from './calls'
import { any, counts, floats, functions, numbers, odd, options, tensors } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const f = (y: Tensor) => (y instanceof core.Tensor ? sum(y.mul(y)) : core.zeros([]))
const apply =
  (transform: any) =>
  (...args: unknown[]) =>
    transform(...args)(x)

export const transforms: Record<string, Call> = {
  grad: {
    call: apply(core.grad),
    args: [f, { argument: 0, where: () => true, aux: false, disconnected: 'throw' }],
    passes: { '1': options, '1.argument': ['undefined', '0'], '1.where': ['undefined', 'function'], '1.aux': ['undefined'], '1.disconnected': ['undefined'] }, // prettier-ignore
    optional: 1,
  },
  valueAndGrad: {
    call: apply(core.valueAndGrad),
    args: [f, { argument: [0] }],
    passes: { '1': options, '1.argument': ['undefined', '0'] },
    optional: 1,
  },
  vjp: {
    call: (...args) => (core.vjp as any)(...args)[1](tensor(1)),
    args: [f, x],
    passes: { '1': floats },
    isVariadic: true,
  },
  pullback: {
    call: core.vjp(f, x)[1] as any,
    args: [tensor(1)],
    names: ['vjp'],
    passes: { '0': ['scalar tensor'] },
  },
  jvp: { call: core.jvp as any, args: [f, [x], [x]] },
  hvp: { call: core.hvp as any, args: [f, x, x], isVariadic: true },
  jacobian: { call: apply(core.jacobian), args: [f] },
  hessian: { call: apply(core.hessian), args: [f] },
  checkpoint: { call: apply(core.checkpoint), args: [f], passes: { '0': functions } },
  vmap: {
    call: apply(core.vmap),
    args: [f, { in: 0, out: 0, size: 2 }],
    passes: { '0': functions, '1': options, '1.in': ['undefined', 'null', '0', '-1', 'array of null'], '1.out': ['undefined', '0', '-1'], '1.size': ['undefined', '2'] }, // prettier-ignore
    optional: 1,
  },
  debugNaN: { call: apply(core.debugNaN), args: [f], passes: { '0': functions } },
  inlined: { call: apply(core.inlined), args: [f], passes: { '0': functions } },
  customGradient: {
    call: apply(core.customGradient),
    args: [(y: Tensor) => ({ value: y, pullback: (g: Tensor) => [g] }), { name: 'own', surrogate: false }],
    names: ['own', 'nothing function'],
    passes: { '1': options, '1.name': ['undefined', 'text'], '1.surrogate': ['undefined', 'true'] },
    optional: 1,
  },
  'the result of a body': {
    call: (result: unknown) => (core.customGradient as any)(() => result, { name: 'own' })(x),
    args: [{ value: x, pullback: (g: Tensor) => [g], jvp: (t: Tensor) => t }],
    names: ['own'],
    isVariadic: true,
    passes: {
      '0.value': tensors,
      '0.pullback': functions,
      '0.jvp': ['undefined', ...functions],
    },
  },
  trace: {
    call: core.trace as any,
    args: [f, x],
    passes: { '0': functions, '1': any },
    isVariadic: true,
  },
  compile: {
    call: apply(core.compile),
    args: [f, { donate: [], retrace: true }],
    passes: { '0': functions, '1': options, '1.donate': ['undefined', 'empty array'], '1.retrace': ['undefined', 'true'] }, // prettier-ignore
    optional: 1,
  },
  elementwiseDomain: {
    call: core.elementwiseDomain as any,
    args: [[{ min: 0, max: 1, avoid: [] }], false],
    passes: { '0': ['empty array'], '1': ['undefined', 'true'] },
    optional: 1,
  },
  linear: {
    call: core.linear as any,
    args: [{ transpose: f, movement: false, arguments: [0], linearIn: [[0]] }],
    passes: { '0.transpose': functions, '0.movement': ['undefined', 'true'], '0.arguments': ['undefined', 'empty array', 'numbers'], '0.linearIn': ['undefined', 'empty array'] }, // prettier-ignore
  },
  bilinear: { call: core.bilinear as any, args: [f, f], passes: { '0': functions, '1': functions } },
  bodyOf: { call: core.bodyOf as any, args: ['contract', () => ({})], passes: { '1': functions } },
  vjpRule: {
    call: core.vjpRule as any,
    args: [{ pullback: f, jvp: f }],
    passes: { '0.pullback': functions, '0.jvp': ['undefined', ...functions] },
  },
  elementwise: {
    call: core.elementwise as any,
    args: [[f], [[0]], [{ lost: f }]],
    passes: {
      '0': ['empty array', 'array of null'],
      '1': ['undefined', 'empty array'],
      '2': ['undefined', 'empty array'],
    },
    optional: 2,
  },
  noGradient: { call: core.noGradient as any, args: ['why'], passes: { '0': ['text', 'empty text'] } },
  defineElementwise: {
    call: core.defineElementwise as any,
    args: [{ name: 'own', inputs: 1, formula: (_: unknown, y: unknown) => y, domain: [{}], accepts: 'float', conditions: 0, partials: [f], linearIn: [[0]], law: core.constant, distinct: false, notation: () => '' }], // prettier-ignore
    passes: {
      '0.name': ['text'],
      '0.inputs': ['1'],
      '0.formula': functions,
      '0.accepts': ['undefined'],
      '0.conditions': ['undefined', '0', ...counts],
      '0.partials': ['undefined', 'array of null'],
      '0.linearIn': ['undefined', 'empty array'],
      '0.law': ['undefined'],
      '0.distinct': ['undefined', 'true'],
      '0.notation': ['undefined', ...functions],
    },
  },
  defineOp: {
    call: core.defineOp as any,
    args: [{ name: 'own', inputs: 1, infer: f, kernel: f, law: core.constant, domain: f, lift: f, broadcasts: false, notation: f }], // prettier-ignore
    passes: {
      '0.name': ['text'],
      '0.inputs': ['undefined', ...numbers.filter((name) => Number.isInteger(odd[name]) && (odd[name] as number) >= 0)],
      '0.infer': functions,
      '0.kernel': functions,
      '0.domain': functions,
      '0.lift': ['undefined', ...functions],
      '0.broadcasts': ['undefined', 'true'],
      '0.notation': ['undefined', ...functions],
    },
  },
}

const graph = core.trace(f, x)
export const graphMethods: Record<string, Call> = {
  run: { call: (...args) => graph.run(...args), args: [x] },
  evaluate: {
    call: (...args) => (graph.evaluate as any).apply(graph, args),
    args: [[x], []],
    passes: { '1': ['undefined', 'empty array'] },
    optional: 1,
  },
  assemble: { call: (...args) => (graph.assemble as any).apply(graph, args), args: [[x]] },
  apply: { call: (...args) => (graph.apply as any).apply(graph, args), args: [0, [x, x]], passes: { '0': ['0'] } },
  toDot: { call: (...args) => (graph.toDot as any).apply(graph, args), args: [] },
  toDiagram: { call: (...args) => (graph.toDiagram as any).apply(graph, args), args: [] },
  toMermaid: { call: (...args) => (graph.toMermaid as any).apply(graph, args), args: [] },
  cost: { call: (...args) => (graph.cost as any).apply(graph, args), args: [] },
}
