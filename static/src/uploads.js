// Adding files: each goes up on its own way (tus), goes on where it stopped, and the page may be written meanwhile.
// The page's rows come from the server, one for each file; this keeps what moves in them: progress, words, buttons.
import { Upload } from 'tus-js-client'

// Small enough that a cut line costs little and nginx can hold one; large enough that few are needed.
const PIECE = 2 * 1024 * 1024
const AT_ONCE = 2
const TRY_AGAIN_MS = 5000
const ASK_AGAIN_MS = 1500
const SIGNED_OUT = 'You’ve been signed out. Sign in again in another tab, then choose “Try again”.'
const CUT = 'The line is cut. This goes on by itself when it’s back.'

// One for each file of this page: { file, name, li, key, row, state, percent, words, upload }.
// state: new, queued, going, paused, failed, sent (on the server, which looks into it), over
const files = []
let said = false

const form = () => document.querySelector('[data-uploads]')
const list = () => form().querySelector('[data-upload-list]')
const rows = () => [...list().querySelectorAll('[data-upload][data-key]')]
const keyIn = (url) => url.split('/').filter(Boolean).pop()

function make (tag, className, text) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}

function say (text) { form().querySelector('[data-upload-live]').textContent = text }

function note (text) { form().querySelector('[data-upload-note]').textContent = text }

// What one row shows

function button (words, name, act) {
  const made = make('button', 'app-button-link', words)
  made.type = 'button'
  made.append(make('span', 'govuk-visually-hidden', ` ${name}`))
  made.addEventListener('click', act)
  return made
}

function show (one) {
  const status = one.li.querySelector('[data-upload-status]')
  const actions = one.li.querySelector('[data-upload-actions]')
  if (['new', 'queued', 'going', 'paused'].includes(one.state)) {
    let bar = status.querySelector('progress')
    if (!bar) {
      bar = document.createElement('progress')
      bar.max = 100
      bar.setAttribute('aria-label', `Upload of ${one.name}`)
      status.replaceChildren(bar, make('span', 'app-upload__words'))
    }
    bar.value = one.percent
    status.querySelector('.app-upload__words').textContent = one.state === 'paused'
      ? CUT
      : one.state === 'going' ? `${one.percent} %` : 'Waiting for its turn'
  } else if (one.state === 'failed') {
    status.replaceChildren(make('span', 'app-upload__wrong', one.words))
  }
  const shown = ['sent', 'over'].includes(one.state) ? '' : one.state === 'failed' ? `failed${one.final}` : 'moving'
  if (shown && actions.dataset.shown !== shown) {
    actions.dataset.shown = shown
    const cancel = button(one.state === 'failed' ? 'Take away' : 'Cancel', one.name, () => takeAway(one))
    actions.replaceChildren(...(one.state === 'failed' && !one.final
      ? [button('Try again', one.name, () => tryAgain(one)), cancel]
      : [cancel]))
  }
}

function placeholder (name) {
  const li = make('li', 'app-upload')
  li.dataset.upload = ''
  const head = make('div', 'app-upload__head')
  const status = make('div', 'app-upload__status')
  const actions = make('div', 'app-upload__actions')
  status.dataset.uploadStatus = ''
  actions.dataset.uploadActions = ''
  head.append(make('p', 'app-upload__name', name), status, actions)
  li.append(head)
  return li
}

function count () {
  const many = rows().filter((li) => li.dataset.status !== 'refused').length
  const send = form().querySelector('[data-upload-send]')
  send.textContent = many ? `Add ${many} ${many === 1 ? 'file' : 'files'} to your evidence` : 'Add to your evidence'
}

function part (text, what) {
  return new DOMParser().parseFromString(text, 'text/html').querySelector(what)
}

// The way of one file

async function headers () {
  const token = form().querySelector('[name=csrfmiddlewaretoken]').value
  return { 'X-CSRFToken': token, Accept: 'application/json' }
}

function add (file) {
  said = false
  note('')
  const one = { file, name: file.name, state: 'new', percent: 0, words: '', final: false }
  const waiting = rows().find((li) => li.dataset.status === 'arriving' && li.dataset.name === file.name &&
    Number(li.dataset.size) === file.size && !files.some((other) => other.li === li))
  files.push(one)
  if (waiting) {
    Object.assign(one, { li: waiting, key: waiting.dataset.key, row: waiting.dataset.row, state: 'queued' })
  } else {
    one.li = placeholder(file.name)
    list().append(one.li)
  }
  show(one)
  if (waiting) next()
  else create(one)
}

// Room for it on the server, and its row.
async function create (one) {
  let answer
  try {
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(one.file.name)))
    answer = await fetch(form().dataset.create, {
      method: 'POST',
      headers: {
        ...await headers(),
        'Tus-Resumable': '1.0.0',
        'Upload-Length': String(one.file.size),
        'Upload-Metadata': `filename ${name}`
      }
    })
  } catch { return pause(one) }
  if (answer.status >= 500) return pause(one)
  if (answer.status !== 201) {
    const isOut = answer.status === 401 || answer.status === 403
    return fail(one, isOut ? SIGNED_OUT : await answer.text(), !isOut)
  }
  one.key = keyIn(answer.headers.get('Location'))
  one.row = answer.headers.get('Upload-Row')
  one.state = 'queued'
  await bring(one)
  next()
}

async function bring (one) {
  try {
    const li = part(await (await fetch(one.row)).text(), '[data-upload]')
    if (!li) return
    one.li.replaceWith(li)
    one.li = li
    show(one)
    count()
    document.dispatchEvent(new CustomEvent('app:uploaded'))
  } catch { setTimeout(() => bring(one), TRY_AGAIN_MS) }
}

function next () {
  const going = files.filter((one) => one.state === 'going').length
  for (const one of files.filter((one) => one.state === 'queued').slice(0, Math.max(0, AT_ONCE - going))) go(one)
  finish()
}

async function go (one) {
  one.state = 'going'
  show(one)
  one.upload = new Upload(one.file, {
    uploadUrl: new URL(`/uploads/${one.key}/`, location.href).href,
    chunkSize: PIECE,
    headers: await headers(),
    retryDelays: null,
    // The server's rows know what is on its way: nothing of it stays in this browser.
    storeFingerprintForResuming: false,
    onProgress (sent, all) {
      const percent = Math.floor(100 * sent / all)
      if (Math.floor(percent / 25) > Math.floor(one.percent / 25)) say(`${one.name}: ${percent} percent`)
      one.percent = percent
      show(one)
    },
    onSuccess () {
      one.state = 'sent'
      one.li.dataset.status = 'checking'
      say(`${one.name} has arrived and is being checked`)
      look(one)
      next()
    },
    onError (error) {
      const answer = error.originalResponse
      const status = answer ? answer.getStatus() : 0
      if (status === 401 || status === 403) fail(one, SIGNED_OUT, false)
      else if (!status || status >= 500 || [409, 423, 429].includes(status)) pause(one)
      else fail(one, (answer.getBody() || '').trim() || `The file ${one.name} didn’t arrive. Choose it again.`, true)
      next()
    }
  })
  one.upload.start()
}

function pause (one) {
  one.state = 'paused'
  show(one)
  say(`${one.name}: ${CUT}`)
  clearTimeout(one.timer)
  one.timer = setTimeout(() => goOn(one), TRY_AGAIN_MS)
}

function goOn (one) {
  if (one.state !== 'paused') return
  clearTimeout(one.timer)
  if (one.key) {
    one.state = 'queued'
    next()
  } else {
    one.state = 'new'
    create(one)
  }
}

function fail (one, words, final) {
  Object.assign(one, { state: 'failed', words, final })
  show(one)
  say(words)
  finish()
}

// After signing in again the page's token is an old one.
async function tryAgain (one) {
  try {
    const told = await (await fetch('/typed/', { headers: { Accept: 'application/json' } })).json()
    if (told.token) for (const field of document.querySelectorAll('[name=csrfmiddlewaretoken]')) field.value = told.token
  } catch { /* the way itself says what is wrong */ }
  one.state = 'paused'
  goOn(one)
}

async function takeAway (one) {
  one.upload?.abort()
  clearTimeout(one.timer)
  if (!await removed(one.key)) return pause(one)
  files.splice(files.indexOf(one), 1)
  drop(one.li, one.name)
  next()
}

async function removed (key) {
  if (!key) return true
  try {
    const answer = await fetch(`/uploads/${key}/`, {
      method: 'DELETE', headers: { ...await headers(), 'Tus-Resumable': '1.0.0' }
    })
    return answer.ok || answer.status === 404
  } catch { return false }
}

function drop (li, name) {
  li.remove()
  count()
  say(`${name} is taken away`)
  form().querySelector('input[type=file]').focus()
}

// What the server finds in it; gone from here once it is evidence.
async function look (one) {
  let li = null
  try {
    const answer = await fetch(one.row)
    if (answer.status === 204 || answer.status === 404) return over(one)
    li = part(await answer.text(), '[data-upload]')
  } catch { /* asked again below */ }
  if (li && li.dataset.status === 'refused') {
    one.li.replaceWith(li)
    one.li = li
    one.state = 'over'
    say(li.querySelector('[data-upload-status]').textContent.trim())
    count()
    return finish()
  }
  if (li) {
    one.li.dataset.status = li.dataset.status
    one.li.querySelector('[data-upload-status]').replaceChildren(...li.querySelector('[data-upload-status]').childNodes)
    const actions = one.li.querySelector('[data-upload-actions]')
    delete actions.dataset.shown
    actions.replaceChildren(...li.querySelector('[data-upload-actions]').childNodes)
  }
  if (li && li.dataset.status === 'checked') {
    one.state = 'over'
    say(`${one.name} is ready`)
    return finish()
  }
  // However many are checked, the server is asked as often as for one.
  setTimeout(() => look(one), ASK_AGAIN_MS * files.filter((other) => other.state === 'sent').length)
}

function over (one) {
  one.state = 'over'
  one.li.replaceWith(placeholder(`${one.name} is among your evidence`))
  count()
  finish()
}

// Sending the words

const isMoving = (one) => ['new', 'queued', 'going', 'paused'].includes(one.state)

function finish () {
  if (said && !files.some(isMoving)) {
    said = false
    if (files.some((one) => one.state === 'failed')) note('Your words are kept. Look at the files that didn’t arrive.')
    else location.assign(form().dataset.done)
  }
}

async function sendWords () {
  if (files.some((one) => one.state === 'new' || (one.state === 'paused' && !one.key))) {
    note('Not all files have begun to upload. Try again in a moment.')
    return
  }
  const words = new FormData(form())
  words.delete('files')
  let answer
  try {
    answer = await fetch(location.href, { method: 'POST', body: words, redirect: 'manual' })
  } catch {
    note('The line is cut, so your words weren’t sent. They stay here: press the button again when it’s back.')
    return
  }
  if (answer.type === 'opaqueredirect') {
    said = true
    note('Your words are kept. The files join your evidence by themselves as they arrive: keep this page open until they’re here.')
    finish()
    return
  }
  showAnswer(await answer.text())
}

function showAnswer (text) {
  const page = new DOMParser().parseFromString(text, 'text/html')
  const main = page.querySelector('main')
  if (!main || !page.querySelector('[data-uploads]')) {
    note('That didn’t work. Your words stay here: press the button again in a moment.')
    return
  }
  document.title = page.title
  document.querySelector('main').replaceWith(main)
  for (const one of files) {
    const li = rows().find((row) => row.dataset.key === one.key)
    if (li) one.li = li
    else list().append(one.li)
    show(one)
  }
  begin()
  const summary = main.querySelector('.govuk-error-summary')
  if (summary) {
    summary.tabIndex = -1
    summary.focus()
  }
  document.dispatchEvent(new CustomEvent('htmx:load', { detail: { elt: main } }))
}

// The page

function begin () {
  const box = form()
  const input = box.querySelector('input[type=file]')
  input.addEventListener('change', () => {
    for (const file of input.files) add(file)
    input.value = ''
  })
  const place = box.querySelector('[data-upload-drop]')
  for (const name of ['dragenter', 'dragover']) {
    place.addEventListener(name, (event) => {
      event.preventDefault()
      place.classList.add('app-drop--over')
    })
  }
  for (const name of ['dragleave', 'drop']) place.addEventListener(name, () => place.classList.remove('app-drop--over'))
  place.addEventListener('drop', (event) => {
    event.preventDefault()
    for (const file of event.dataTransfer.files) add(file)
  })
  box.addEventListener('submit', (event) => {
    if (!files.some(isMoving)) return
    event.preventDefault()
    sendWords()
  })
  box.addEventListener('click', async (event) => {
    const pressed = event.target.closest('[data-upload-actions] button[form]')
    if (!pressed) return
    event.preventDefault()
    const li = pressed.closest('[data-upload]')
    if (await removed(li.dataset.key)) drop(li, li.dataset.name)
  })
  for (const li of rows()) {
    if (li.dataset.status === 'checking' && !files.some((one) => one.li === li)) {
      const { key, row, name } = li.dataset
      const one = { name, li, key, row, state: 'sent', percent: 100, words: '', final: false }
      files.push(one)
      look(one)
    }
  }
}

if (form()) {
  begin()
  window.addEventListener('online', () => files.filter((one) => one.state === 'paused').forEach(goOn))
  window.addEventListener('beforeunload', (event) => { if (files.some(isMoving)) event.preventDefault() })
}
