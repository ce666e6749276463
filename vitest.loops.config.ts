import { defineConfig } from 'vitest/config'
import base, { loops } from './vitest.config'

// Loops, branches, solvers and linear algebra in every mode and order. They take as long as half of the other tests.
export default defineConfig({ ...base, test: { ...base.test, include: loops, projects: undefined } })
