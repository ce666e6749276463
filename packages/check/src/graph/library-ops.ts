import type { Op, Origin } from '@cotangent/core'
import * as library from '@cotangent/core/library'

function isOp(value: unknown): value is Op {
  return typeof value === 'object' && value !== null && 'infer' in value && 'body' in value
}

/** The ops behind an exported value: of a function that applies one, the op itself, or those of a record. */
export function opsIn(value: unknown): Op[] {
  if (isOp(value)) return [value]
  if (typeof value === 'function') return 'op' in value && isOp(value.op) ? [value.op] : []
  return typeof value === 'object' && value !== null ? Object.values(value).filter(isOp) : []
}

/** Every op of the library, those behind its functions included: what its own law suite is run on. */
export function libraryOps(): readonly Op[] {
  return [...new Set(Object.values(library).flatMap(opsIn))]
}

let own: ReadonlySet<Op> | undefined

/**
 * Whether an op is the library's, or the derivative of one of its formulas: the law suite holds every law against each of them, so
 * that a difference beside one says more of the point than of the op.
 */
export function isLibraryOp(op: Op, origin: Origin | null = null): boolean {
  own ??= new Set(libraryOps())
  if (own.has(op)) return true
  return origin !== null && op.name.startsWith(`d(${origin.op.name})`) && isLibraryOp(origin.op, origin.origin)
}
