import type { Backend } from '../backend'
import { execute } from '.'

/** The interpreter as a backend. */
export const interpreter: Backend = { execute }
