import { checkpointed } from './autodiff/checkpoint'
import { casts } from './graph/cast'
import type { Op } from './graph/op'
import * as activation from './ops/activation'
import * as arithmetic from './ops/arithmetic'
import * as broadcasting from './ops/broadcasting'
import * as comparison from './ops/comparison'
import * as contraction from './ops/contraction'
import * as exponential from './ops/exponential'
import * as identity from './ops/identity'
import * as indexing from './ops/indexing'
import * as movement from './ops/movement'
import * as product from './ops/product'
import * as random from './ops/random'
import * as reduction from './ops/reduction'
import * as slicing from './ops/slicing'
import * as sorting from './ops/sorting'
import * as trigonometric from './ops/trigonometric'

function isOp(value: unknown): value is Op {
  return typeof value === 'object' && value !== null && 'infer' in value && 'body' in value
}

/** The op behind an exported value: of a function that applies one, or the op itself. */
function opIn(value: unknown): Op[] {
  if (isOp(value)) return [value]
  return typeof value === 'function' && 'op' in value && isOp(value.op) ? [value.op] : []
}

/** Every op of the library, those behind its functions included: what its own law suite is run on. */
export function libraryOps(): readonly Op[] {
  const families: object[] = [
    activation,
    arithmetic,
    broadcasting,
    comparison,
    contraction,
    exponential,
    identity,
    indexing,
    movement,
    product,
    random,
    reduction,
    slicing,
    sorting,
    trigonometric,
    casts,
    { checkpointed },
  ]
  return [...new Set(families.flatMap((family) => Object.values(family).flatMap(opIn)))]
}
