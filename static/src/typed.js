// Nothing typed is lost. A form with data-save saves itself as it is typed; every other one is kept as a draft
// until it is sent. What the server doesn't have yet stays in this browser (typed_store.js).
import { changedNames, fieldsOf, hasWords, isMarkName, putInto, same } from './typed_fields.js'
import * as store from './typed_store.js'

const PAUSE = 1500
const LONGEST_WAIT = 15000
const MOST_ON_LEAVING = 60000
const LONGEST_FLIGHT = 8000
const DRAFTS = '/typed/'
const windows = 'BroadcastChannel' in window ? new BroadcastChannel('psqm-typed') : null
const keepers = []

const time = (at) => {
  const [hour, minute] = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Europe/London' })
    .format(at).split(':').map(Number)
  return `${hour % 12 || 12}${minute ? `.${String(minute).padStart(2, '0')}` : ''}${hour < 12 ? 'am' : 'pm'}`
}
const moment = (at) => `${new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'Europe/London' })
  .format(at).replace(',', '')} at ${time(at)}`
const signIn = () => `/account/login/?next=${encodeURIComponent(location.pathname + location.search)}`
const tokenOf = (form) => form.elements.csrfmiddlewaretoken?.value || ''

function ask (url, options = {}) {
  return fetch(url, { credentials: 'same-origin', redirect: 'manual', ...options, headers: { Accept: 'application/json', ...options.headers } })
}

class Keeper {
  constructor (form) {
    this.form = form
    this.key = addressOf(form)
    this.url = form.dataset.save || ''
    this.initial = fieldsOf(form)
    this.saved = this.initial
    this.names = new Set()
    // What was sent and had no answer: the server may have it or not.
    this.unsure = []
    this.tries = 0
    this.line = form.querySelector('.app-saved')
    if (!this.line) {
      this.line = Object.assign(document.createElement('p'), { className: 'app-saved' })
      this.line.setAttribute('role', 'status')
      const buttons = form.querySelector('.govuk-button-group') || form.querySelector('button[type=submit], button:not([type])')
      if (buttons) buttons.before(this.line)
      else form.append(this.line)
    }
    for (const event of ['input', 'change']) {
      form.addEventListener(event, () => {
        if (this.wasSent) this.renew()
        this.changed()
      })
    }
    form.addEventListener('focusout', () => { if (this.dirty) this.save() })
    form.addEventListener('submit', (event) => this.sending(event))
  }

  // What is kept: in a draft what differs from the page as it came, with the marks of what it came from.
  get words () {
    const now = fieldsOf(this.form)
    for (const name of changedNames(this.initial, now)) this.names.add(name)
    const kept = (name) => this.url || this.names.has(name) || (this.names.size && isMarkName(name))
    return Object.fromEntries(Object.entries(now).filter(([name]) => kept(name)))
  }

  get dirty () { return changedNames(this.saved, fieldsOf(this.form)).length > 0 }

  say (text, link) {
    // The same again would take the link away from under a pointer.
    const said = text + (link?.href || '')
    if (said === this.said) return
    this.said = said
    this.line.textContent = text
    if (!link) return
    const anchor = Object.assign(document.createElement('a'), { href: link.href, textContent: link.text, className: 'govuk-link' })
    this.line.append(' ', anchor)
  }

  changed () {
    if (this.stopped || this.waitsForStore || this.wasSent) return
    if (!this.storing) this.storing = setTimeout(() => { this.storing = 0; if (this.dirty) this.store() }, 250)
    clearTimeout(this.pausing)
    this.pausing = setTimeout(() => this.save(), PAUSE)
    if (!this.patience) this.patience = setTimeout(() => this.save(), LONGEST_WAIT)
  }

  // Typed on after the form was sent (back, or an answer that never came): that is another sending.
  renew () {
    this.wasSent = false
    const key = this.form.elements._sending
    if (key) key.value = [...crypto.getRandomValues(new Uint8Array(8))].map((one) => one.toString(16).padStart(2, '0')).join('')
  }

  store (more = {}) {
    if (this.stopped || (this.wasSent && !('sent' in more))) return
    this.inBrowser = store.write(this.key, { fields: this.words, at: new Date().toISOString(), tried: this.unsure, ...more })
  }

  calm () {
    for (const name of ['pausing', 'patience', 'again']) { clearTimeout(this[name]); this[name] = 0 }
  }

  async save (retried = false, leaving = false) {
    this.calm()
    if (!this.form.isConnected) this.stopped = true
    if (this.stopped || this.waitsForStore || this.wasSent || (!retried && !this.dirty && !this.owed)) return
    if (this.busy && !retried) { this.next = true; return }
    if (!retried) this.flight = new Promise((resolve) => { this.landed = resolve })
    this.busy = true
    const words = fieldsOf(this.form)
    this.unsure = [...this.unsure.slice(-3), words]
    this.store()
    try {
      const request = this.request(leaving)
      if (request) await this.answered(await request, words, retried)
    } catch {
      this.later('You’re offline. Your text is kept on this computer and saved when the line is back.')
    }
    if (retried) return
    this.busy = false
    this.landed()
    if (this.next || (!this.owed && this.dirty)) { this.next = false; this.changed() }
  }

  request (leaving = false) {
    const more = { keepalive: leaving }
    if (this.url) {
      const body = new URLSearchParams()
      for (const [name, value] of new FormData(this.form)) if (typeof value === 'string' && name !== '_sending') body.append(name, value)
      if (leaving && String(body).length > MOST_ON_LEAVING) return null
      return ask(this.url, { ...more, method: 'POST', body })
    }
    // With the form's key: a draft that arrives after the form itself was sent isn't kept any more.
    const address = `${DRAFTS}?${new URLSearchParams({ form: this.key, sending: this.form.elements._sending?.value || '' })}`
    const words = this.words
    const headers = { 'X-CSRFToken': tokenOf(this.form), 'Content-Type': 'application/json' }
    if (!changedNames(this.initial, fieldsOf(this.form)).length && !this.putBack) return ask(address, { ...more, method: 'DELETE', headers })
    const body = JSON.stringify({ fields: words })
    if (leaving && body.length > MOST_ON_LEAVING) return null
    return ask(address, { ...more, method: 'PUT', headers, body })
  }

  async answered (answer, words, retried) {
    if (answer.status === 401 || answer.type === 'opaqueredirect') {
      this.owed = true
      return this.say('You’ve been signed out. Your text is kept on this computer.', { href: signIn(), text: 'Sign in again' })
    }
    if (answer.status >= 500 || answer.status === 429) {
      return this.later('We couldn’t save just now. Your text is kept on this computer, and we try again.')
    }
    const said = await answer.json().catch(() => ({}))
    if (answer.ok) return this.done(said, words)
    if (answer.status === 403 && !retried) return this.again403()
    if (answer.status === 409 && !retried && this.isMine(said, words)) return this.save(true)
    this.owed = false
    this.unsure = this.unsure.filter((one) => one !== words)
    this.saved = answer.status === 422 || answer.status === 413 ? words : this.saved
    if (answer.status === 409 || answer.status === 403) this.stopAsking = true
    this.say(said.said || 'This can’t be saved any more. Copy your text before you leave the page.')
    if (this.stopAsking) { this.store(); this.stopped = true }
  }

  done (said, words) {
    this.tries = 0
    this.owed = false
    this.unsure = []
    this.saved = words
    this.mark(said.fields)
    if (this.url && this.draft) dropDraft(this)
    // What the page said of the text as it was doesn't hold any more.
    for (const words of document.querySelectorAll('[data-until-saved]')) words.hidden = true
    if (this.dirty) this.store()
    else store.remove(this.key)
    const isDraft = !this.url
    if (isDraft && !Object.keys(this.words).length) this.say('')
    else this.say(isDraft ? `Kept at ${time(new Date())} until you send it` : said.said)
  }

  mark (fields = {}) {
    for (const [name, value] of Object.entries(fields)) if (this.form.elements[name]) this.form.elements[name].value = value
  }

  // The answer to an earlier try got lost on the way: what stands there is what we sent.
  isMine (said, words) {
    const standing = Object.entries(said.standing || {})
    const tried = this.unsure.filter((one) => one !== words)
    if (!standing.length || !tried.some((one) => standing.every(([name, value]) => same(one[name], [].concat(value))))) return false
    this.mark(said.fields)
    return true
  }

  // The page is older than the sign-in: with a new token the same person goes on.
  async again403 () {
    const answer = await ask(DRAFTS)
    if (!answer.ok) return this.answered(answer, {}, true)
    const now = await answer.json()
    if (String(now.person) !== store.person) return stopAll('Somebody else has signed in in this browser. Copy your text before you leave the page.')
    for (const one of document.querySelectorAll('input[name=csrfmiddlewaretoken]')) one.value = now.token
    return this.save(true)
  }

  later (words) {
    this.owed = true
    this.say(words)
    this.tries += 1
    this.again = setTimeout(() => this.save(), Math.min(5000 * 2 ** (this.tries - 1), 60000))
  }

  leaving () {
    if (this.wasSent) return
    this.calm()
    if (this.dirty || this.owed) this.store()
    this.save(false, true)
  }

  sending (event) {
    this.calm()
    // What is on its way is answered with the marks that this sending goes by: else it would seem newer.
    if (this.url && this.busy && !this.waited) {
      event.preventDefault()
      this.waited = true
      const longest = new Promise((resolve) => setTimeout(resolve, LONGEST_FLIGHT))
      Promise.race([this.flight, longest]).then(() => this.form.requestSubmit(event.submitter))
      return
    }
    this.waited = false
    this.wasSent = true
    if (this.stopped && !this.stopAsking) return
    this.stopped = false
    if (!this.form.elements._scripts) {
      this.form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: '_scripts', value: '1' }))
    }
    if (changedNames(this.initial, fieldsOf(this.form)).length || this.names.size) {
      this.store({ sent: this.form.elements._sending?.value || '' })
    }
  }

  // Put back ---------------------------------------------------------------------------------------

  putBackFrom (entry, said) {
    const touched = changedNames(this.initial, fieldsOf(this.form))
    const fields = Object.fromEntries(Object.entries(entry.fields).filter(([name]) => name in this.initial && !touched.includes(name)))
    const typed = Object.keys(fields).filter((name) => !isMarkName(name))
    for (const name of typed) this.names.add(name)
    if (!typed.some((name) => !same(this.initial[name], fields[name]))) {
      if (this.url) store.remove(this.key)
      return
    }
    // What stands on the server is what this browser sent last: then the page's own marks are right.
    const stands = (tried) => Object.keys(this.initial).every((name) => isMarkName(name) || same(this.initial[name], tried[name]))
    if ((entry.tried || []).some(stands)) for (const name of Object.keys(fields)) if (isMarkName(name)) delete fields[name]
    this.putBack = true
    putInto(this.form, fields)
    this.bar(`What you typed on ${said || moment(new Date(entry.at))} is back in the form.`)
    if (this.url) {
      this.owed = true
      this.save()
    } else if (said) this.saved = fieldsOf(this.form) // the server has it
  }

  bar (text) {
    const bar = document.createElement('div')
    bar.className = 'govuk-inset-text app-kept'
    bar.setAttribute('role', 'status')
    const words = Object.assign(document.createElement('p'), { className: 'govuk-body', textContent: text })
    const button = Object.assign(document.createElement('button'), {
      type: 'button', className: 'govuk-button govuk-button--secondary govuk-!-margin-bottom-0', textContent: 'Start afresh'
    })
    button.addEventListener('click', () => {
      this.putBack = false
      this.names.clear()
      putInto(this.form, Object.fromEntries(Object.entries(this.initial).filter(([name]) => !isMarkName(name))))
      this.owed = true
      words.textContent = 'The form is as it was before.'
      button.remove()
      this.save()
      if (!this.url) store.remove(this.key)
    })
    bar.append(words, button)
    this.form.prepend(bar)
  }
}

function addressOf (form) {
  const address = new URL(form.getAttribute('action') || location.href, location.href)
  return (address.pathname + address.search).slice(0, 200)
}

function stopAll (words) {
  for (const keeper of keepers) {
    keeper.calm()
    keeper.stopped = true
    if (keeper.dirty) keeper.say(words)
  }
}

function dropDraft (keeper) {
  keeper.draft = false
  const headers = { 'X-CSRFToken': tokenOf(keeper.form) }
  ask(`${DRAFTS}?form=${encodeURIComponent(keeper.key)}`, { method: 'DELETE', keepalive: true, headers }).catch(() => {})
}

function forget (keeper) {
  keeper.stopped = true
  store.remove(keeper.key)
  dropDraft(keeper)
}

async function putBackInto (some) {
  const sent = store.sentOnes()
  const open = []
  for (const keeper of some) {
    const entry = store.read(keeper.key)
    if (keeper.url && entry && !entry.sent) keeper.putBackFrom(entry)
    else { keeper.waitsForStore = true; open.push(keeper) }
  }
  if (!open.length && !sent.length) return
  const query = new URLSearchParams([...open.map((keeper) => ['form', keeper.key]), ...sent.map((form) => ['sent', store.read(form).sent])])
  let kept = { sent: [], drafts: {} }
  try {
    const answer = await ask(`${DRAFTS}?${query}`, 'timeout' in AbortSignal ? { signal: AbortSignal.timeout(8000) } : {})
    if (answer.ok) kept = await answer.json()
  } catch { /* offline: what this browser has is all there is */ }
  for (const form of sent) if (kept.sent.includes(store.read(form)?.sent)) store.remove(form)
  for (const keeper of open) {
    keeper.waitsForStore = false
    const draft = kept.drafts[keeper.key]
    const entry = store.read(keeper.key)
    keeper.draft = Boolean(draft)
    if (entry && (!draft || entry.at > draft.at)) keeper.putBackFrom(entry)
    else if (draft) keeper.putBackFrom(draft, draft.said)
    if (keeper.dirty) keeper.changed()
  }
}

// Also of what arrives later: a form that a button fetched.
export function keepFormsIn (root) {
  if (!store.person) return
  const some = [...root.querySelectorAll('form')].concat(root.matches?.('form') ? root : [])
    .filter((form) => form.elements._draft && hasWords(form) && !form.hasAttribute('hx-post') && !keepers.some((one) => one.form === form))
    .map((form) => new Keeper(form))
  keepers.push(...some)
  for (const { form } of some) delete form.dataset.warnUnsaved
  if (some.length || root === document) putBackInto(some)
}

export function startTyped () {
  if (!store.person) {
    const place = document.querySelector('[data-typed-here]')
    if (place && !store.isEmpty()) place.hidden = false
    return
  }
  store.removeOthers()
  keepFormsIn(document)
  window.addEventListener('online', () => keepers.forEach((keeper) => { if (keeper.owed) keeper.save() }))
  window.addEventListener('pagehide', () => keepers.forEach((keeper) => keeper.leaving()))
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') keepers.forEach((keeper) => keeper.leaving()) })
  window.addEventListener('beforeunload', (event) => {
    if (keepers.some((keeper) => keeper.dirty && !keeper.wasSent && keeper.inBrowser === false)) event.preventDefault()
  })
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-typed-drop]')) keepers.forEach(forget)
  })
  document.addEventListener('submit', (event) => {
    if (!/\/account\/logout\/$/.test(addressOf(event.target))) return
    for (const keeper of keepers) { keeper.calm(); keeper.stopped = true }
    store.removeEverybodys()
    if (windows) windows.postMessage('signed out')
  }, true)
  if (windows) {
    windows.onmessage = () => {
      stopAll('You signed out in another window. Copy your text before you leave the page.')
      store.removeEverybodys()
    }
  }
}
