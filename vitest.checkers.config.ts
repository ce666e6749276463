import { defineConfig } from 'vitest/config'
import base, { checkers } from './vitest.config'

// The testers, tested: they must find planted mistakes, and accuse nothing that is right.
export default defineConfig({ ...base, test: { ...base.test, include: checkers, projects: undefined } })
