// Our client without a key: the refresh token in a cookie, and nothing else.
import { plain } from 'latchkey/client'
import { start } from './app.ts'

start({ baseUrl: '/', proof: plain })
