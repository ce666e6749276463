import { DTypeError, ValueError } from '../errors'
import { checkArguments, type Kind, rest, restated } from '../arguments/arguments'
import { describeGiven, describeInside } from '../arguments/describe'
import { aFunction, anything, listOf } from '../arguments/kinds'
import { callTraced, traceStaged } from '../graph/trace'
import { castTo } from '../recording/cast'
import { framesOf } from '../recording/frames'
import type { Op } from '../recording/op'
import type { Flat } from '../trees/flat'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { flattenPlaces } from '../trees/tree'
import { Tensor } from '../values/tensor'
import { branchOp } from './branch'
import { applyBranch, type Branch } from './branch-form'
import { differenceIn } from './carry'

const scalarOf = (dtype: 'bool' | 'int32', expected: string): Kind => ({
  expected,
  accepts: (value) => value instanceof Tensor && value.dtype === dtype && value.rank === 0,
  error: (operation, value) =>
    new (value instanceof Tensor ? DTypeError : ValueError)(
      'not-a-choice',
      `[${operation}] expected ${expected} as argument 1, got ${describeGiven(value)}; ` +
        (dtype === 'bool'
          ? 'compare with a number, and reduce to one value: max(x).greater(0)'
          : "convert it: index.astype('int32')"),
    ),
})
const aPredicate = /* @__PURE__ */ scalarOf('bool', 'a bool scalar')
const anIndex = /* @__PURE__ */ scalarOf('int32', 'an int32 scalar')
const condParameters = [aPredicate, aFunction, aFunction, /* @__PURE__ */ rest(anything)]
const switchParameters = [
  anIndex,
  /* @__PURE__ */ restated(/* @__PURE__ */ listOf(aFunction), { expected: 'an array of at least one function' }),
  /* @__PURE__ */ rest(anything),
]

/** The region of `cond`. */
export const condOp = /* @__PURE__ */ branchOp('cond')
/** The region of `switchCase`. */
export const switchOp = /* @__PURE__ */ branchOp('switchCase')

type Branches = readonly ((...operands: any) => unknown)[]

/**
 * `ifTrue(...operands)` where `predicate` is true, else `ifFalse(...operands)`. `predicate` is a bool scalar.
 *
 * If its value is known, the branch is called like any function. In a trace, both branches become graphs, and a
 * compiled program runs the one that is chosen. The other one contributes nothing to a derivative. Branches may use
 * tensors from outside, and gradients reach them. Under `vmap`, each example takes its own branch.
 *
 * @throws ValueError in a trace, if the branches return trees of different structures or types; DTypeError if
 * `predicate` is not a bool scalar.
 */
export function cond<Operands extends readonly unknown[], R>(
  predicate: Tensor,
  ifTrue: (...operands: Operands) => R,
  ifFalse: (...operands: Operands) => NoInfer<R>,
  ...operands: Operands
): R {
  checkArguments('cond', condParameters, arguments)
  const names = ['where false', 'where true']
  return choose('cond', condOp, castTo(predicate, 'int32'), [ifFalse, ifTrue], names, operands) as R
}

/**
 * `branches[index](...operands)`, for an int32 scalar `index`. An index outside of the branches is clamped to them. See
 * `cond` for traces and derivatives.
 *
 * @throws ValueError in a trace, if the branches return trees of different structures or types; DTypeError if `index`
 * is not an int32 scalar.
 */
export function switchCase<Operands extends readonly unknown[], R>(
  index: Tensor,
  branches: readonly ((...operands: Operands) => R)[],
  ...operands: Operands
): R {
  checkArguments('switchCase', switchParameters, arguments)
  if (branches.length === 0)
    throw new ValueError(
      'no-branches',
      '[switchCase] expected at least one branch, got none; pass a function for each index',
    )
  const names = branches.map((_, at) => `from branch ${at}`)
  return choose('switchCase', switchOp, index, branches, names, operands) as R
}

function choose(
  operation: string,
  op: Op<Branch>,
  index: Tensor,
  branches: Branches,
  names: readonly string[],
  operands: readonly unknown[],
): unknown {
  const roles = names.map((name) => `branch ${name.split(' ').at(-1)}`)
  if (!index.isSymbolic) {
    const at = Math.min(Math.max(index.item(), 0), branches.length - 1)
    return framesOf(operation)(roles[at], null, () => callPlain(operation, branches[at], operands as never))
  }
  const flat = flattenPlaces(operation, operands)
  const results: { readonly tree: unknown; readonly flat: Flat }[] = []
  const traced = branches.map((branch) =>
    traceStaged(
      flat.leaves,
      (symbolic) => {
        const args = flat.rebuild(symbolic) as readonly unknown[]
        const tree: unknown = guardMutation(operation, args, (copies) => callTraced(operation, branch, copies as never))
        results.push({ tree, flat: flattenPlaces(operation, tree) })
        return results.at(-1)!.flat.leaves
      },
      operation,
    ),
  )
  const [first] = results
  const odd = results.findIndex(({ tree }) => differenceIn(first.tree, tree) !== null)
  if (odd >= 0)
    throw new ValueError(
      'branch-types',
      `[${operation}] the branches return different types: ${describeInside(results[odd].tree)} ${names[odd]}, ` +
        `${describeInside(first.tree)} ${names[0]}; make both the same`,
    )
  return first.flat.rebuild(applyBranch(op, index, flat.leaves, traced, roles))
}
