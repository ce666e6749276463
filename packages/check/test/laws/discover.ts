import type { Op } from '@cotangent/core'
import { opsIn } from '../../src/graph/library-ops'

// The op of compiled calls is made in library.ts, as it needs a loader of programs.
const modules = import.meta.glob<Record<string, unknown>>(
  ['../../../core/src/{ops,recording,autodiff,control,solvers}/**/*.ts', '../../../core/src/library.ts'],
  { eager: true },
)

/** Every op that a source file exports, so that no list needs to be kept. */
export const allOps: readonly Op[] = [
  ...new Set(Object.values(modules).flatMap((module) => Object.values(module).flatMap(opsIn))),
]
