import * as core from '@cotangent/core'
import { CotangentError, ones, tensor, type Tensor } from '@cotangent/core'
import { l2 } from '@cotangent/nn'
import {
  addMomentum,
  addWeightDecay,
  chain,
  clipByGlobalNorm,
  clipByValue,
  globalNorm,
  onlyWhere,
  sgd,
} from '@cotangent/optim'
import { describe, expect, it } from 'vitest'
import { brokenTrees } from './broken-trees'

// Whatever function a tree is given to, its errors name that function.

const total: (...args: readonly unknown[]) => Tensor = () => tensor(1)
const model = { w: tensor([1, 2]) }
const rule = (tree: unknown) => ({ value: tensor(1), pullback: () => [tree] })
const functions: Record<string, (tree: unknown) => unknown> = {
  grad: (tree) => core.grad(total)(tree),
  valueAndGrad: (tree) => core.valueAndGrad(total)(tree),
  jvp: (tree) => core.jvp(total, [tree], [tree]),
  hvp: (tree) => core.hvp(total, tree, tree),
  vjp: (tree) => core.vjp(total, tree),
  hessian: (tree) => core.hessian(total)(tree),
  jacobian: (tree) => core.jacobian(total)(tree),
  compile: (tree) => core.compile(total)(tree),
  checkpoint: (tree) => core.checkpoint(total)(tree),
  vmap: (tree) => core.vmap(total, { in: null, size: 1 })(tree),
  trace: (tree) => core.trace(total, tree),
  custom: (tree) => core.customGradient((_: unknown) => rule(null) as never, { name: 'custom' })(tree),
  mapTree: (tree) => core.mapTree((leaf) => leaf, tree),
  treeLeaves: (tree) => core.treeLeaves(tree),
  flatten: (tree) => core.flatten(tree),
  run: (tree) => core.trace(total, model).run(tree),
  l2: (tree) => l2(tree, { lambda: 1, examples: 1 }),
  globalNorm: (tree) => globalNorm(tree),
  'optimizer.init': (tree) => sgd({ learningRate: 1 }).init(tree),
  'optimizer.update': (tree) => sgd({ learningRate: 1 }).update(tree, tree, [null]),
  'addMomentum.init': (tree) => addMomentum(0.5).init(tree),
  'onlyWhere.update': (tree) => onlyWhere(() => true).update(tree, null, tree),
  'addWeightDecay.update': (tree) => addWeightDecay(1).update(tree, null, tree),
  'clipByValue.update': (tree) => clipByValue(1).update(tree, null, tree),
  'clipByGlobalNorm.update': (tree) => clipByGlobalNorm(1).update(tree, null, tree),
  'chain.update': (tree) => chain(clipByValue(1)).update(tree, [null], tree),
}

/** The same functions, given a function that returns the tree. */
const returning: Record<string, (f: (x: Tensor) => unknown) => unknown> = {
  vjp: (f) => core.vjp(f as never, ones([2])),
  jvp: (f) => core.jvp(f as never, [ones([2])] as never, [ones([2])] as never),
  jacobian: (f) => core.jacobian(f as never)(ones([2]) as never),
  compile: (f) => core.compile(f)(ones([2])),
  checkpoint: (f) => core.checkpoint(f)(ones([2])),
  vmap: (f) => core.vmap(f as never)(ones([2]) as never),
  trace: (f) => core.trace(f, ones([2])),
  custom: (f) =>
    core.customGradient((x: Tensor) => ({ value: f(x), pullback: () => [x] }) as never, { name: 'custom' })(ones([2])),
}

function thrownBy(call: () => unknown): CotangentError {
  try {
    call()
  } catch (error) {
    if (error instanceof CotangentError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe.each(Object.entries(brokenTrees))('an error about %s', (_, tree) => {
  it.each(Object.entries(functions))('names %s', (name, call) => {
    const { code, message } = thrownBy(() => call(tree))
    expect(message.slice(0, message.indexOf(']') + 1)).toBe(`[${name}]`)
    expect(code).toMatch(/^(hidden-tensor|private-state|tree-cycle)$/)
  })

  it.each(Object.entries(returning))('that is returned names %s', (name, call) => {
    const { code, message } = thrownBy(() => call(() => tree))
    expect(message.slice(0, message.indexOf(']') + 1)).toBe(`[${name}]`)
    expect(code).toMatch(/^(hidden-tensor|private-state|tree-cycle)$/)
  })
})

describe('a tensor at two places', () => {
  const w = tensor([[1, 2]]) // prettier-ignore
  const shared = { a: w, b: w }
  const apart = { a: w, b: tensor([[9, 9]]) }
  const first = (_: Tensor, [key]: readonly unknown[]) => key === 'a'
  const updates = (options: object) => sgd({ learningRate: 1, ...options })
  const update = (options: object, gradients: typeof shared) =>
    updates(options).update(shared, gradients, updates(options).init(shared))

  it.each<[string, () => unknown]>([
    ['grad', () => core.grad((m: typeof shared) => m.a.sum(), { where: first })(shared)],
    ['l2', () => l2(shared, { lambda: 1, examples: 1, select: first })],
    ['optimizer.init', () => update({ where: first }, shared)],
    ['optimizer.update', () => update({}, apart)],
    ['optimizer.update', () => update({ momentum: 0.5 }, apart)],
    ['optimizer.update', () => update({ weightDecay: 0.5 }, apart)],
    ['optimizer.update', () => update({ clip: clipByValue(1) }, apart)],
    ['optimizer.update', () => update({ clip: clipByGlobalNorm(1) }, apart)],
    ['clipByValue.update', () => clipByValue(1).update(apart, null, shared)],
    ['addMomentum.update', () => addMomentum(0.5).update(shared, { velocity: apart }, shared)],
    ['addWeightDecay.update', () => addWeightDecay(1, first).update(shared, null, shared)],
    ['onlyWhere.update', () => onlyWhere(first).update(shared, null, shared)],
    ['globalNorm', () => globalNorm(apart, shared)],
  ])('is told by %s', (name, call) => {
    const { code, message } = thrownBy(call)
    expect([message.slice(0, message.indexOf(']') + 1), code]).toEqual([`[${name}]`, 'tree-places'])
  })
})

describe('a function that selects tensors', () => {
  const weights = { w: tensor([[1, 2]]), b: tensor([1]) } // prettier-ignore
  const answers = { undefined: () => undefined, 'a Promise': async () => true, text: () => 'yes', 1: () => 1 }
  const update = (where: any) => {
    const optimizer = sgd({ learningRate: 1, where })
    return optimizer.update(weights, weights, optimizer.init(weights))
  }
  const selecting: Record<string, (keep: any) => unknown> = {
    grad: (where) => core.grad((m: typeof weights) => m.w.sum(), { where })(weights),
    l2: (select) => l2(weights, { lambda: 1, examples: 1, select }),
    'optimizer.init': update,
    'onlyWhere.update': (where) => onlyWhere(where).update(weights, null, weights),
    'addWeightDecay.update': (where) => addWeightDecay(1, where).update(weights, null, weights),
  }

  it.each(Object.entries(selecting))('of %s answers true or false', (name, call) => {
    for (const answer of Object.values(answers)) {
      const { code, message } = thrownBy(() => call(answer))
      expect(message).toMatch(new RegExp(`^\\[${name}\\] expected true or false .*, got .* for w`))
      expect(code).toBe('selection-answer')
    }
  })

  it.each(Object.entries(selecting))('of %s selects something', (name, call) => {
    const { code, message } = thrownBy(() => call(() => false))
    expect(message.startsWith(`[${name}] `)).toBe(true)
    expect(code).toMatch(/selects-nothing|no-floating-leaf/)
  })
})
