// A bare Express server with the one route that says that it is up. PORT tells where. JavaScript, because stripping
// types at start would take longer than what is measured here.

import express from 'express'

const app = express()
app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
app.listen(Number(process.env.PORT), '127.0.0.1')
