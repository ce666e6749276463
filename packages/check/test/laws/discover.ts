import type { Op } from '@cotangent/core'

const modules = import.meta.glob<Record<string, unknown>>('../../../core/src/{ops,graph,autodiff}/*.ts', {
  eager: true,
})

function isOp(value: unknown): value is Op {
  return typeof value === 'object' && value !== null && 'infer' in value && 'body' in value
}

/** The op behind an exported value: of a function that applies one, of an op itself, or of a record of ops. */
function opsIn(value: unknown): Op[] {
  if (isOp(value)) return [value]
  if (typeof value === 'function') return 'op' in value && isOp(value.op) ? [value.op] : []
  return typeof value === 'object' && value !== null ? Object.values(value).filter(isOp) : []
}

/** Every op that a source file exports: there is no list to keep. */
export const allOps: readonly Op[] = [
  ...new Set(Object.values(modules).flatMap((module) => Object.values(module).flatMap(opsIn))),
]
