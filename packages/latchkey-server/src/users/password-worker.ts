// Hashes and checks passwords in a thread of its own, one at a time and at the lowest priority, so that a flood of
// sign-ins takes only the time that refreshes leave over.

import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashSync, verifySync } from '@node-rs/argon2'
import type { PasswordAnswer, PasswordTask } from './passwords.ts'

// OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane. 2 is argon2id in this library.
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// Elsewhere this would slow the whole process.
if (process.platform === 'linux') setPriority(19)

parentPort?.on('message', ({ id, password, hash }: PasswordTask) => {
  parentPort?.postMessage(answerTo(id, password, hash))
})

function answerTo(id: number, password: string, hash: string | null): PasswordAnswer {
  try {
    if (hash === null) return { id, hash: hashSync(password, parameters) }
    return { id, matches: verifySync(hash, password) }
  } catch {
    // A hash that cannot be read matches nothing; the message might quote it.
    return { id, matches: false }
  }
}
