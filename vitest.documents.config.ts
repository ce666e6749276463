import { defineConfig } from 'vitest/config'
import base, { documents } from './vitest.config'

// The programs in the documents, and the examples. They take a third of the time of all tests.
export default defineConfig({ ...base, test: { ...base.test, include: documents, projects: undefined } })
