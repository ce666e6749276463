import type { Op, Origin } from '@cotangent/core'
import * as library from '@cotangent/core/library'
import { singleOp } from '@cotangent/core/internal'
import { anOp } from '../kinds'

function isOp(value: unknown): value is Op {
  return anOp.accepts(value)
}

/** The ops behind an exported value: an op itself, the op that a function carries, or the ops of a record. */
export function opsIn(value: unknown): Op[] {
  if (isOp(value)) return [value]
  if (typeof value === 'function') return 'op' in value && isOp(value.op) ? [value.op] : []
  return typeof value === 'object' && value !== null ? Object.values(value).filter(isOp) : []
}

/** Every op of the library, including those behind its functions. The library's own law suite runs on this list. */
export function libraryOps(): readonly Op[] {
  return [...new Set(Object.values(library).flatMap(opsIn))]
}

let own: ReadonlySet<Op> | undefined

/**
 * Whether an op belongs to the library, or is the derivative of one of its formulas. The law suite holds every law
 * against each of these ops, so a difference next to one says more about the point than about the op.
 */
export function isLibraryOp(op: Op, origin: Origin | null = null): boolean {
  own ??= new Set(libraryOps())
  if (own.has(singleOp(op))) return true
  return origin !== null && op.name.startsWith(`d(${origin.op.name})`) && isLibraryOp(origin.op, origin.origin)
}
