import type * as Core from '@cotangent/core'
import type { Graph } from '@cotangent/core'
import { Execution } from './execute'
import { notOps } from '../not-ops'

type Any = (...args: any[]) => any

/** The shapes of their results depend on values, or they return an object with methods. */
const eagerOnly = ['unique', 'bincount', 'atIndex']

/** Ops and functions made of ops: all that is exported but for these, and what is replaced as a whole below. */
const leftAlone = new Set([...notOps, 'tree', 'constant', 'kinds', ...eagerOnly])

/** The module with functions that execute compiled, too. */
export function replaced(core: typeof Core): Record<string, unknown> {
  const execution = new Execution(core)
  /** Of a function that makes functions of the same arguments from functions. */
  const factory =
    (name: string, make: Any): Any =>
    (f, ...options) =>
      execution.once(name, make(f, ...options) as Any, f)
  const whole: Record<string, unknown> = {
    grad: factory('grad', core.grad),
    valueAndGrad: factory('valueAndGrad', core.valueAndGrad),
    jacobian: factory('jacobian', core.jacobian),
    hessian: factory('hessian', core.hessian),
    vmap: factory('vmap', core.vmap),
    jvp: (f: Any, ...given: unknown[]) =>
      execution.once('jvp', (...args: unknown[]) => (core.jvp as Any)(f, ...args), f)(...given),
    hvp: (f: Any, ...given: unknown[]) =>
      execution.once('hvp', (...args: unknown[]) => (core.hvp as Any)(f, ...args), f)(...given),
    vjp(f: Any, ...args: unknown[]) {
      const [value, pullback] = (core.vjp as Any)(f, ...args) as [unknown, Any]
      // Compiled with the forward pass, eagerly without it.
      const both = (cotangent: unknown, ...given: unknown[]): unknown => {
        const isOriginal = given.every((each, i) => each === args[i])
        return (isOriginal ? pullback : ((core.vjp as Any)(f, ...given) as [unknown, Any])[1])(cotangent)
      }
      const run = execution.once('vjp', both, f)
      return [value, (cotangent: unknown) => run(cotangent, ...args)]
    },
    trace(f: Any, ...args: unknown[]) {
      const graph = core.trace(f, ...args)
      const run = graph.run.bind(graph)
      return Object.defineProperty(graph, 'run', { value: execution.once('run', run, graph) }) satisfies Graph
    },
  }
  const ops = Object.entries(core).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'function' || leftAlone.has(name) || name in whole) return []
    return [[name, Object.assign(execution.op(name, value as Any), value)] as const]
  })
  replaceMethods(core, execution)
  return { ...core, ...Object.fromEntries(ops), ...whole }
}

/** The fluent methods, which take the tensor as `this`. */
function replaceMethods({ Tensor }: typeof Core, execution: Execution): void {
  const own = Object.getOwnPropertyDescriptors(Tensor.prototype) as Record<string, PropertyDescriptor>
  const isOp = (name: string) => own[name].writable === true && !own[name].enumerable && methods.has(name)
  for (const name of Object.keys(own).filter(isOp)) {
    const method = own[name].value as (this: unknown, ...args: unknown[]) => unknown
    const run = execution.op(name, (x: unknown, ...rest: unknown[]) => method.apply(x, rest))
    Object.defineProperty(Tensor.prototype, name, {
      ...own[name],
      value(this: unknown, ...rest: unknown[]): unknown {
        return run(this, ...rest)
      },
    })
  }
}

const methods = new Set(
  (
    'abs add astype clip div equal exp greater greaterEqual less lessEqual log matmul max mean min mul neg notEqual pow relu ' +
    'reshape sigmoid slice sqrt square sub sum tanh transpose'
  ).split(' '),
)
