// What this browser keeps of text that isn't on the server yet: one person's alone, by their id and the form.
const PREFIX = 'psqm-typed:'
export const person = document.body.dataset.person || ''
const nameOf = (form) => `${PREFIX}${person}:${form}`

// Private windows and full disks refuse: then the server alone keeps it.
function quietly (work) {
  try { return work() } catch { return undefined }
}

function all () {
  return quietly(() => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) || []
}

// An entry: { fields: { name: [values] }, at: ISO time, tried: fields that a try to save held, sent: the form's key }
export function read (form) {
  return quietly(() => JSON.parse(localStorage.getItem(nameOf(form)))) || null
}

export function write (form, entry) {
  return Boolean(quietly(() => { localStorage.setItem(nameOf(form), JSON.stringify(entry)); return true }))
}

export function remove (form) {
  quietly(() => localStorage.removeItem(nameOf(form)))
}

export function removeEverybodys () {
  for (const name of all()) quietly(() => localStorage.removeItem(name))
}

export function removeOthers () {
  for (const name of all()) if (!name.startsWith(nameOf(''))) quietly(() => localStorage.removeItem(name))
}

export function isEmpty () {
  return !all().length
}

export function sentOnes () {
  return all().filter((name) => name.startsWith(nameOf(''))).map((name) => name.slice(nameOf('').length))
    .filter((form) => read(form)?.sent)
}
