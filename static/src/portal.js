// What a page gains when scripts run. Without them everything works too.
import {
  Button, CharacterCount, Checkboxes, createAll, ErrorSummary, NotificationBanner, PasswordInput, Radios,
  ServiceNavigation, SkipLink
} from 'govuk-frontend'
import { startFeedback } from './feedback.js'
import { startJudging } from './judging.js'
import { startPasskeys } from './passkeys.js'
import { startSchoolSearch } from './school_search.js'
import { startSession } from './session.js'
import { keepFormsIn, startTyped } from './typed.js'
import { startTalk } from './talk.js'
import { startTies } from './ties.js'

document.documentElement.classList.add('govuk-frontend-supported')
document.body.classList.add('js-enabled', 'govuk-frontend-supported')

function start (root) {
  for (const component of [
    Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, ServiceNavigation,
    SkipLink
  ]) {
    createAll(component, {}, { scope: root, onError: () => {} })
  }
}

start(document.body)
startPasskeys()
startTyped()
startJudging()
startFeedback()
startTies()
startTalk()
startSchoolSearch()
startSession()
// What the page asks by itself (every few seconds) is nobody doing something: it keeps no session open.
document.addEventListener('htmx:configRequest', (event) => {
  const { triggeringEvent, headers } = event.detail
  if (!triggeringEvent?.isTrusted && triggeringEvent?.type !== 'submit') headers['X-Automatic'] = '1'
})
document.addEventListener('htmx:load', (event) => {
  if (event.target === document.body) return
  start(event.target)
  keepFormsIn(event.target)
})

// A table that is wider than its box can be scrolled by keyboard.
for (const box of document.querySelectorAll('.app-table')) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
  else box.removeAttribute('tabindex')
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-print], [data-copy]')
  if (!button) return
  if ('print' in button.dataset) window.print()
  else {
    navigator.clipboard.writeText(button.dataset.copy).then(() => {
      const status = document.getElementById('app-status')
      if (status) status.textContent = 'Copied'
    })
  }
})

// <form data-warn-unsaved>: leaving with typed and unsent text asks first.
for (const form of document.querySelectorAll('form[data-warn-unsaved]')) {
  let changed = false
  form.addEventListener('input', () => { changed = true })
  form.addEventListener('submit', () => { changed = false })
  form.addEventListener('htmx:afterRequest', (event) => { if (event.detail.successful) changed = false })
  window.addEventListener('beforeunload', (event) => { if (changed) event.preventDefault() })
}

// A <select> or checkbox with data-submit sends its form when it changes (a button stands there without scripts).
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit]')) event.target.form.requestSubmit()
})

// <div data-shown-for="payer=trust other">: there while one of these is chosen, and without scripts always.
function showFor (box) {
  const [name, values] = box.dataset.shownFor.split('=')
  const form = box.closest('form')
  const show = () => { box.hidden = !values.split(' ').includes(new FormData(form).get(name)) }
  form.addEventListener('change', show)
  // The back button brings choices back after this ran.
  window.addEventListener('pageshow', show)
  show()
}
document.querySelectorAll('[data-shown-for]').forEach(showFor)
