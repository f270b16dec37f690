// A client as it is often written, as a subject: both tokens in localStorage, every tab renews for itself, and whatever
// goes wrong with a renewal signs the user out. The scenarios must catch it, or they could not catch anything.

import { credentials } from './page-app.ts'
import type { Subject } from './subject.ts'

const script = `(() => {
  const ended = []
  const held = () => JSON.parse(localStorage.getItem('tokens') ?? 'null')
  const post = (path, body) =>
    fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  const keep = async (answer) => {
    const { accessToken, refreshToken } = await answer.json()
    localStorage.setItem('tokens', JSON.stringify({ accessToken, refreshToken }))
  }
  const me = () => fetch('/me', { headers: { Authorization: 'Bearer ' + held().accessToken } })
  const renew = async () => {
    try {
      const answer = await post('/token', { refreshToken: held().refreshToken })
      if (!answer.ok) throw new Error(answer.status)
      await keep(answer)
    } catch {
      localStorage.removeItem('tokens')
      ended.push('failed')
    }
  }
  window.app = {
    ended,
    signIn: async () => keep(await post('/login', ${JSON.stringify(credentials)})),
    signOut: async () => localStorage.removeItem('tokens'),
    isSignedIn: async () => held() !== null,
    accessToken: async () => held()?.accessToken ?? '',
    call: async () => {
      if (held() === null) return 401
      const first = await me().catch(() => null)
      if (first?.status !== 401) return first?.status ?? 0
      await renew()
      return held() === null ? 401 : (await me()).status
    },
  }
})()`

export const careless: Subject = { name: 'careless', isProved: false, bundle: async () => script }
